using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.LedgerApi;

/// <summary>How far a version is trusted, and what is in the way of more.</summary>
/// <param name="DecidedBy">The gates that decided last, e.g. <c>strict@1</c>; empty while nobody has.</param>
/// <param name="ApprovedBy">Who approved its package.</param>
/// <param name="Aliases">All of the skill's, and the versions that they name.</param>
/// <param name="Current">The version that stands, where that is another one; null where it is this.</param>
public sealed record TrustView(
    int Version, Tier Tier, IReadOnlyList<string> Denials, string DecidedBy, IReadOnlyList<string> ApprovedBy, IReadOnlyDictionary<string, int> Aliases, TrustView? Current = null)
{
    /// <summary>Who vouched for it when it was imported: then it is at T1 whatever validators say. Null where nobody did.</summary>
    public string? TrustedBy { get; init; }

    public static TrustView Of(IReadOnlyList<RecordedEvent> stream, int? number)
    {
        var skill = Skill.Fold(stream.Select(e => e.Event));
        var shown = number is { } asked ? skill.Version(asked)! : skill.AtLatest ?? skill.Current!;
        var view = Of(stream, skill, shown);
        return number is not null || shown == skill.Current ? view : view with { Current = Of(stream, skill, skill.Current!) };
    }

    private static TrustView Of(IReadOnlyList<RecordedEvent> stream, Skill skill, SkillVersion version) => new(
        version.Number, version.Tier, version.Denials,
        stream.Select(e => e.Event).OfType<TierDecided>().LastOrDefault(e => e.PackageDigest == version.PackageDigest)?.Policy ?? "",
        [.. skill.Approvals.Where(a => a.PackageDigest == version.PackageDigest).Select(a => a.By).Order(StringComparer.Ordinal)], skill.Aliases)
    {
        TrustedBy = stream.LastOrDefault(e => e.Event is TierDecided { Policy: Skill.TrustPolicy } d && d.PackageDigest == version.PackageDigest)?.Context.Actor.ToString(),
    };
}
