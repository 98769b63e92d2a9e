using Pipeline.Domain.Families;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>A content that an event names and that is no file of a version: what was decided by, judged and asked.</summary>
/// <param name="What">For people, e.g. <c>policy</c>.</param>
public sealed record CitedContent(string Digest, string What)
{
    /// <summary>Those that the content store is to have, unless a sealed event says that they were erased.</summary>
    public static IEnumerable<CitedContent> Of(ILedgerEvent @event)
    {
        switch (@event)
        {
            case PolicyEvent.PolicyPublished e:
                yield return new(e.Digest, "policy");
                break;
            case SkillEvent.ValidationCompleted { ReportDigest.Length: > 0 } e:
                yield return new(e.ReportDigest, "validator's report");
                break;
            // What was to be asked about somebody who was erased meanwhile was kept nowhere.
            case FamilyEvent.ModelConsulted { FailureCode: not FamilyEvent.ModelConsulted.ErasedMeanwhile } e:
                yield return new(e.RequestDigest, "request to a model");
                yield return new(e.PromptDigest, "prompt for a model");
                if (e.ResponseDigest is { } response) yield return new(response, "answer of a model");
                break;
            case FamilyEvent.CurationDecided { Composition: { } composition, Result: not null }:
                yield return new(composition.DraftDigest, "draft");
                break;
        }
    }
}
