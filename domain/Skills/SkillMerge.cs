using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills;

/// <summary>Merging several skills into one, and undoing it: events for all of their streams, to be appended together or not at all.</summary>
/// <remarks>Lineage stays acyclic because a version's parents are versions that exist when it is made.</remarks>
public static class SkillMerge
{
    /// <param name="Content">The merged text; it becomes the survivor's next version.</param>
    public sealed record Merge(VersionContent Content);

    /// <param name="MergeVersion">The survivor's version that the merge made.</param>
    public sealed record Undo(int MergeVersion, string Reason);

    public static MergeDecision Decide(Merge command, Skill survivor, IReadOnlyList<Skill> absorbed)
    {
        var all = absorbed.Prepend(survivor).ToList();
        if (all.Find(s => s.UnknownEvent.Length > 0) is { } newer) return Refuse(Decision.RefuseUnknown($"skill {newer.Id}", newer.UnknownEvent));
        if (absorbed.Count == 0) return Refuse("merge-of-one", "a merge needs two skills or more");
        if (all.DistinctBy(s => s.Id).Count() < all.Count) return Refuse("merge-with-itself", "a skill cannot be merged with itself");
        if (AlreadyMerged(command, survivor, absorbed)) return new MergeDecision.Accepted([]);
        if (all.Find(s => s.Lifecycle != Lifecycle.Active) is { } gone)
            return Refuse("not-active", $"skill {gone.Id} is {gone.Lifecycle.ToString().ToLowerInvariant()}; only active skills can be merged");
        if (all.Exists(s => s.RevokedDigests.Contains(command.Content.Package.Digest)))
            return Refuse("digest-revoked", "a version with exactly this content was revoked");

        var parents = all.ConvertAll(s => s.Reference(s.Current!));
        var into = new VersionReference(survivor.Id, survivor.NextNumber, command.Content.Package.Digest);
        return new MergeDecision.Accepted(
        [
            new(survivor.Id, [new SkillMerged(into.Version, parents, command.Content)]),
            .. absorbed.Select(s => new SkillEvents(s.Id, [new SkillAbsorbed(into, s.Current!.Number)])),
        ]);
    }

    public static MergeDecision Decide(Undo command, Skill survivor, IReadOnlyList<Skill> absorbed)
    {
        var all = absorbed.Prepend(survivor).ToList();
        if (all.Find(s => s.UnknownEvent.Length > 0) is { } newer) return Refuse(Decision.RefuseUnknown($"skill {newer.Id}", newer.UnknownEvent));
        if (survivor.Version(command.MergeVersion) is not { Operation: VersionOperation.Merge } merge)
            return Refuse("no-merge", $"version {command.MergeVersion} of {survivor.Id} was not made by a merge");

        var expected = merge.Parents.Where(p => p.SkillId != survivor.Id).Select(p => p.SkillId).Order(StringComparer.Ordinal).ToList();
        if (!expected.SequenceEqual(absorbed.Select(s => s.Id).Order(StringComparer.Ordinal)))
            return Refuse("wrong-skills", $"that merge absorbed {string.Join(", ", expected)}");
        var reference = survivor.Reference(merge);
        if (absorbed.All(s => s.AbsorbedInto != reference)) return new MergeDecision.Accepted([]);
        if (survivor.Lifecycle != Lifecycle.Active)
            return Refuse("not-active", $"skill {survivor.Id} is {survivor.Lifecycle.ToString().ToLowerInvariant()}; bring it back first");
        // Going back to before this merge would drop what a later one brought in, while the skill that it came from is gone.
        if (survivor.Versions.Find(v => v is { Operation: VersionOperation.Merge } && v.Number > merge.Number && !survivor.UndoneMerges.Contains(v.Number)) is { } later)
            return Refuse("later-merge", $"version {later.Number} of {survivor.Id} was made by a later merge; undo that one first");

        var before = merge.Parents.Single(p => p.SkillId == survivor.Id).Version;
        if (survivor.RevokedDigests.Contains(survivor.Version(before)!.PackageDigest))
            return Refuse("version-revoked", $"version {before} of {survivor.Id}, which it would go back to, is revoked");
        return new MergeDecision.Accepted(
        [
            new(survivor.Id, [new MergeUndone(reference, expected, survivor.NextNumber, before, command.Reason)]),
            .. absorbed.Where(s => s.AbsorbedInto == reference)
                .Select(s => new SkillEvents(s.Id, [new MergeUndone(reference, [s.Id], null, null, command.Reason)])),
        ]);
    }

    private static bool AlreadyMerged(Merge command, Skill survivor, IReadOnlyList<Skill> absorbed) =>
        survivor.Current is { Operation: VersionOperation.Merge } current
        && current.PackageDigest == command.Content.Package.Digest
        && absorbed.All(s => s.AbsorbedInto == survivor.Reference(current));

    private static MergeDecision.Refused Refuse(string code, string message) => new(code, message);

    private static MergeDecision.Refused Refuse(Decision refusal) =>
        refusal is Decision.Refused r ? new(r.Code, r.Message) : throw new ArgumentException("not a refusal", nameof(refusal));
}

/// <summary>Events for one of several skills.</summary>
public sealed record SkillEvents(string SkillId, IReadOnlyList<SkillEvent> Events);

public abstract record MergeDecision
{
    private MergeDecision() { }

    public sealed record Accepted(IReadOnlyList<SkillEvents> PerSkill) : MergeDecision;

    public sealed record Refused(string Code, string Message) : MergeDecision;
}
