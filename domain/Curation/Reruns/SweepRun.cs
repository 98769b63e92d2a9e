using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>A sweep over the families of a run, as of a leaf.</summary>
/// <param name="Conclusions">In the order in which they are carried out.</param>
/// <param name="Unreadable">Runs whose text it was to read and could not, by family.</param>
internal sealed record SweepRun(IReadOnlyList<SweepConclusion> Conclusions, IReadOnlyDictionary<string, IReadOnlyList<string>> Unreadable)
{
    /// <param name="at">The time that the sweep takes as now.</param>
    /// <param name="leftOut">As it is on record; null where it is not.</param>
    public static async ValueTask<SweepRun> OfAsync(
        IEnumerable<FamilyRun> families, long leaf, DateTimeOffset at, ActivePolicy active, SkillLibrary library, IRecordedInputs inputs, CancellationToken ct,
        IReadOnlyList<string>? leftOut = null)
    {
        var (swept, waiting) = (new List<SweptFamily>(), (leftOut ?? []).ToHashSet(StringComparer.Ordinal));
        foreach (var family in families.Where(f => !waiting.Contains(f.Id)))
            if (await family.SweptAsync(leaf, library, inputs, ct) is { } seen) swept.Add(seen);
        // Where it is known what the sweep looked at, so is the time that it must have taken.
        var now = leftOut is null ? at : families.Where(f => !waiting.Contains(f.Id)).Select(f => f.RecordedBy(leaf)).DefaultIfEmpty().Max() ?? at;
        var input = new SweepInput { Leaf = leaf, At = now, PolicyReference = active.Reference, Policy = active.Policy, Families = swept, LeftOut = leftOut };

        var (episodes, unreadable) = (new Dictionary<string, IReadOnlyList<MinedEpisode>>(StringComparer.Ordinal), new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));
        foreach (var id in LibrarySweep.NeedsEpisodesOf(input))
        {
            if (swept.Find(f => f.Id == id) is not { } family) continue;
            var selected = EvidenceSelection.Select(family.Family.Evidence, active.Policy);
            episodes[id] = await inputs.EpisodesAsync(id, selected, ct);
            unreadable[id] = FamilyRun.Unread(selected, episodes[id]);
        }
        return new([.. LibrarySweep.Decide(input with { Episodes = episodes }).Select(c => Admitted(c, library))], unreadable);
    }

    private static SweepConclusion Admitted(SweepConclusion conclusion, SkillLibrary library) =>
        conclusion.Merge is { } merge && RevokedPackage.Objection(merge.Package.Digest, library.All) is { } refusal ? conclusion.Instead(refusal) : conclusion;

    /// <summary>The conclusion that has a decision for the family about the same families; null where the sweep comes to none.</summary>
    public (FamilyEvent.CurationDecided Decision, SweepConclusion Conclusion)? For(string familyId, SweptAt sweep) => Conclusions
        .SelectMany(c => c.Decisions.Select(d => (d.FamilyId, d.Decision, Conclusion: c)))
        .Where(d => d.FamilyId == familyId && d.Decision.Sweep!.Families.SequenceEqual(sweep.Families))
        .Select(d => ((FamilyEvent.CurationDecided, SweepConclusion)?)(d.Decision, d.Conclusion)).FirstOrDefault();

    /// <summary>What a conclusion does to the skills, by skill; null where one is not in a state for that.</summary>
    public static IReadOnlyList<(string SkillId, ILedgerEvent Event)>? EventsOf(SweepConclusion conclusion, SkillLibrary library)
    {
        var events = new List<(string, ILedgerEvent)>();
        foreach (var (id, command) in conclusion.Commands)
        {
            if (SkillDecider.Decide(command, library.Find(id)) is not Decision.Accepted { Events: { Count: > 0 } done }) return null;
            events.AddRange(done.Select(e => (id, e)));
        }
        if (conclusion.Merge is not { } merge) return events;
        var decided = SkillMerge.Decide(new SkillMerge.Merge(merge.Content), library.Find(merge.SurvivorId), [.. merge.AbsorbedIds.Select(library.Find)]);
        return decided is MergeDecision.Accepted { PerSkill: { Count: > 0 } perSkill } ? [.. events, .. perSkill.SelectMany(s => s.Events.Select(e => (s.SkillId, e)))] : null;
    }
}
