using Pipeline.Domain.Families;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>A content that an event names and that is no file of a version: what was decided by, judged and asked.</summary>
/// <param name="What">For people, e.g. <c>policy</c>.</param>
public sealed record CitedContent(string Digest, string What)
{
    /// <summary>Those that the content store is to have.</summary>
    public static IEnumerable<CitedContent> Of(ILedgerEvent @event)
    {
        switch (@event)
        {
            case PolicyEvent.PolicyPublished e:
                yield return new(e.Digest, "a policy");
                break;
            case SkillEvent.ValidationCompleted e:
                yield return new(e.ReportDigest, "a validator's report");
                break;
            case FamilyEvent.ModelConsulted e:
                yield return new(e.RequestDigest, "what a model was asked");
                yield return new(e.PromptDigest, "a model's instructions");
                if (e.ResponseDigest is { } response) yield return new(response, "a model's answer");
                break;
            case FamilyEvent.CurationDecided { Composition: { } composition }:
                yield return new(composition.DraftDigest, "a draft");
                break;
        }
    }
}
