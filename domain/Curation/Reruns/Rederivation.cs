using System.Runtime.CompilerServices;
using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>Runs curation again over a sealed history, in leaf order and in an empty ledger in memory, and compares it decision by
/// decision with what is on record.</summary>
/// <remarks>Each decision is made on what was on record before it, so that one that was tampered with is found as one, and not as all that
/// follow from it. Where all come out the same, so does the whole ledger, from nothing. What people did by hand, and what was erased before
/// a decision, is an input; so is what a model answered.</remarks>
/// <param name="lookedThrough">How many evidence events of a family curation has looked at; what comes after is not missing, but yet to come.</param>
public sealed class Rederivation(HistorySurvey survey, PolicyTimeline timeline, IRecordedInputs inputs, Func<string, int> lookedThrough)
{
    private readonly SortedDictionary<string, FamilyRun> _families = new(StringComparer.Ordinal);
    private readonly SkillLibrary _library = new();
    private readonly HashSet<(string, int)> _accounted = [];
    private readonly RecordedDeeds _deeds = new(survey);
    private (long Leaf, DateTimeOffset At, string? LeftOut, SweepRun Run)? _sweep;

    /// <summary>Only these families are decided again; null: all.</summary>
    public Func<string, bool>? Includes { get; init; }

    /// <summary>Decisions up to and with this leaf were compared by a run before this one: they stand as they are on record, and are not made again; -1: none were.</summary>
    /// <remarks>What comes after is decided on the record, so it comes out as in a run over all.</remarks>
    public long After { get; init; } = -1;

    /// <param name="history">The sealed events of one tenant in leaf order, the same that were surveyed.</param>
    public async IAsyncEnumerable<RederivedDecision> RunAsync(IAsyncEnumerable<RecordedEvent> history, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var recorded in history.WithCancellation(ct))
        {
            switch (recorded.Event)
            {
                case FamilyEvent.CurationDecided { Sweep: { } sweep } swept:
                    // It came after what its families had decided until then.
                    foreach (var family in Included.Where(f => sweep.Families.Contains(f.Id, StringComparer.Ordinal))) await SkipWhatChangesNothingAsync(family, ct);
                    var deeds = Account(swept, recorded);
                    // A sweep is made again on what stood before its first decision, so one that is not through yet is made in the place of that one.
                    if (IsIncluded(recorded) && survey.LastOfSweep(sweep.Leaf) > After && await CompareSweptAsync(swept, sweep, recorded, deeds, ct) is var again && recorded.Leaf > After) yield return again;
                    FamilyOf(recorded).Add(recorded);
                    break;
                case FamilyEvent.CurationDecided decision:
                    if (IsIncluded(recorded))
                        await foreach (var compared in ThroughAsync(FamilyOf(recorded), decision, recorded, ct)) yield return compared;
                    FamilyOf(recorded).Add(recorded);
                    break;
                case FamilyEvent:
                    FamilyOf(recorded).Add(recorded);
                    break;
                case SkillEvent made:
                    // What lies before it in the family's stream, and is not on record as decided after it, was decided on the skill as it was.
                    if (!HistorySurvey.IsByPolicy(recorded))
                        foreach (var family in Included.Where(f => f.Has(Streams.IdOf(recorded.StreamId)))) await SkipWhatChangesNothingAsync(family, ct);
                    _library.Apply(Streams.IdOf(recorded.StreamId), made);
                    break;
            }
        }
        foreach (var family in Included)
            await foreach (var missing in RestAsync(family, ct)) yield return missing;
        if (Includes is null)
            foreach (var stray in Strays()) yield return stray;
    }

    private IEnumerable<FamilyRun> Included => _families.Values.Where(f => Includes?.Invoke(f.Id) != false);

    private bool IsIncluded(RecordedEvent recorded) => Includes?.Invoke(Streams.IdOf(recorded.StreamId)) != false;

    // Of all: a sweep looks at every family, and one whose skill was merged at its kin.
    private FamilyRun FamilyOf(RecordedEvent recorded)
    {
        var id = Streams.IdOf(recorded.StreamId);
        if (!_families.TryGetValue(id, out var family)) _families.Add(id, family = new(id, _families.GetValueOrDefault));
        return family;
    }

    private async IAsyncEnumerable<RederivedDecision> ThroughAsync(
        FamilyRun family, FamilyEvent.CurationDecided decision, RecordedEvent recorded, [EnumeratorCancellation] CancellationToken ct)
    {
        var step = DecisionStep.Of(decision);
        while (family.Next(timeline) is { } due && due.Step <= step)
        {
            family.Look(due.Step);
            if (recorded.Leaf <= After)
            {
                if (due.Step == step) break;
                continue;
            }
            var again = await family.DecideAsync(due, _library, inputs, ct, due.Step == step ? decision.Composition?.RequestDigest : null);
            if (due.Step == step)
            {
                yield return Compare(family, decision, recorded, again);
                yield break;
            }
            if (again.IsNew) yield return Missing(family, due, again);
        }
        family.Look(step);
        Account(decision, recorded);
        if (recorded.Leaf <= After) yield break;
        yield return On(family, decision, recorded) with { Verdict = RederivationVerdict.Differs, Reason = "it stands where curation decides nothing" };
    }

    private async ValueTask<RederivedDecision> CompareSweptAsync(FamilyEvent.CurationDecided decision, SweptAt sweep, RecordedEvent recorded, IReadOnlyDictionary<(string, Type), SkillEvent> deeds, CancellationToken ct)
    {
        var family = FamilyOf(recorded);
        var result = On(family, decision, recorded);
        if (timeline.At(sweep.Leaf + 1) is not { } active)
            return result with { Verdict = RederivationVerdict.Differs, Reason = "no policy was active at the leaf that it names" };
        var run = await SweptOnceAsync(sweep, decision.At, active, ct);
        var compared = Compare(result, decision, sweep, run, deeds);
        if (compared.Verdict == RederivationVerdict.Same || sweep.LeftOut is not null) return compared;
        // Families that were being curated were left out, and which they were is not on record: those that grew meanwhile may be among them.
        var steady = _families.Values.Where(f => !f.Grew(sweep.Leaf, recorded.Leaf!.Value) || sweep.Families.Contains(f.Id, StringComparer.Ordinal));
        var without = Compare(result, decision, sweep, await SweepRun.OfAsync(steady, sweep.Leaf, decision.At, active, _library, inputs, ct), deeds);
        return without.Verdict == RederivationVerdict.Same || run.For(family.Id, sweep) is null ? without : compared;
    }

    private RederivedDecision Compare(
        RederivedDecision result, FamilyEvent.CurationDecided decision, SweptAt sweep, SweepRun run, IReadOnlyDictionary<(string, Type), SkillEvent> deeds)
    {
        var unread = sweep.Families.SelectMany(f => run.Unreadable.GetValueOrDefault(f, [])).ToList();
        if (run.For(result.FamilyId, sweep) is not var (again, conclusion))
            return unread.Count > 0 ? Lost(result, unread, unread.Count) : result with { Verdict = RederivationVerdict.Differs, Reason = "the sweep comes to no such conclusion" };
        if (conclusion.Merge is { } merge) _library.Keep(merge.Package);
        var events = SweepRun.EventsOf(conclusion, _library) ?? [];
        var differences = DecisionComparison.Of(decision, again).Concat(MergedVersion(decision, events)).Concat(RecordedDeeds.Compare(deeds, events)).ToList();
        return differences.Count == 0 ? result : unread.Count > 0 ? Lost(result, unread, unread.Count) : Differing(result, differences);
    }

    // All decisions of one sweep were made on what stood before the first of them.
    private async ValueTask<SweepRun> SweptOnceAsync(SweptAt sweep, DateTimeOffset at, ActivePolicy active, CancellationToken ct)
    {
        var leftOut = sweep.LeftOut is { } waiting ? string.Join('\n', waiting) : null;
        if (_sweep is { } known && known.Leaf == sweep.Leaf && known.At == at && known.LeftOut == leftOut) return known.Run;
        var run = await SweepRun.OfAsync(_families.Values, sweep.Leaf, at, active, _library, inputs, ct, sweep.LeftOut);
        _sweep = (sweep.Leaf, at, leftOut, run);
        return run;
    }

    private IEnumerable<FieldDifference> MergedVersion(FamilyEvent.CurationDecided decision, IReadOnlyList<(string SkillId, ILedgerEvent Event)> events)
    {
        if (decision.Result is not { } result || events.Select(e => e.Event).OfType<SkillEvent.SkillMerged>().FirstOrDefault() is not { } again) return [];
        return survey.Made.TryGetValue((result.SkillId, result.Version), out var onRecord)
            ? DecisionComparison.Of(onRecord, again)
            : [new("event", "", $"{EventCatalogue.Default.AliasOf(again)} of {result.SkillId}@{result.Version}")];
    }

    private async Task SkipWhatChangesNothingAsync(FamilyRun family, CancellationToken ct)
    {
        while (family.Next(timeline) is { } due && !survey.IsDecided(family.Id, due.Step)
            && !(await family.DecideAsync(due, _library, inputs, ct)).IsNew) family.Look(due.Step);
    }

    private async IAsyncEnumerable<RederivedDecision> RestAsync(FamilyRun family, [EnumeratorCancellation] CancellationToken ct)
    {
        while (family.Next(timeline) is { } due && due.Point.Number <= lookedThrough(family.Id))
        {
            family.Look(due.Step);
            var again = await family.DecideAsync(due, _library, inputs, ct);
            if (again.IsNew) yield return Missing(family, due, again);
        }
    }

    private RederivedDecision Compare(FamilyRun family, FamilyEvent.CurationDecided decision, RecordedEvent recorded, Concluded again)
    {
        var deeds = Account(decision, recorded);
        foreach (var package in new[] { again.Package }.OfType<Package>()) _library.Keep(package);
        var result = On(family, decision, recorded);
        // What could not be read then was left out then too; the more of it now, the later it went.
        var lost = again.Unreadable.Count - (int)decision.Scores.GetValueOrDefault("unreadable");
        if (lost > 0) return Lost(result, again.Unreadable, lost);
        if (!again.IsNew)
            return result with { Verdict = RederivationVerdict.Differs, Reason = "curation comes to what it had said before, and records nothing" };
        var differences = DecisionComparison.Of(decision, again.Decision).Concat(Versions(decision, again))
            .Concat(RecordedDeeds.Compare(deeds, again.SkillEvents.Select(e => (again.SkillId, e)))).ToList();
        return differences.Count == 0 ? result : Differing(result, differences);
    }

    private static RederivedDecision Differing(RederivedDecision result, IReadOnlyList<FieldDifference> differences) => result with
    {
        Verdict = RederivationVerdict.Differs,
        Differences = differences,
        Reason = $"{string.Join(", ", differences.Select(d => d.Field))} came out otherwise",
    };

    private IEnumerable<FieldDifference> Versions(FamilyEvent.CurationDecided decision, Concluded again)
    {
        // One that is brought back with another text is reinstated first.
        if (decision.Result is not { } result || again.SkillEvents.OfType<SkillEvent>().FirstOrDefault(e => HistorySurvey.VersionOf(e) is not null) is not { } made) return [];
        return survey.Made.TryGetValue((result.SkillId, result.Version), out var onRecord)
            ? DecisionComparison.Of(onRecord, made)
            : [new("event", "", $"{EventCatalogue.Default.AliasOf(made)} of {result.SkillId}@{result.Version}")];
    }

    private RederivedDecision Missing(FamilyRun family, DueDecision due, Concluded again)
    {
        var missing = new RederivedDecision(
            family.Id, due.Point.Number, null, again.Decision.Operation, RederivationVerdict.Differs,
            Reason: $"curation decides here ({again.Decision.ReasonCode}), and nothing is on record");
        return again.Unreadable.Count > 0 ? Lost(missing, again.Unreadable, again.Unreadable.Count) : missing;
    }

    private RederivedDecision Lost(RederivedDecision result, IReadOnlyList<string> unreadable, int lost)
    {
        var unexplained = unreadable.Where(t => survey.ErasedAt(t) is null).ToList();
        if (unexplained.Count > 0 && unexplained.TrueForAll(survey.IsImported))
            return result with { Verdict = RederivationVerdict.Unreadable, Reason = $"the text of {Some(unexplained)} is not here: the ledger was imported up to leaf {survey.ImportedLeaves - 1} from an archive, which has no texts of runs" };
        if (unexplained.Count > 0)
            return result with { Verdict = RederivationVerdict.Unreadable, Reason = $"the text of {Some(unexplained)} is gone or altered, and no event says that it was erased" };
        var since = unreadable.Select(t => (Trajectory: t, Leaf: survey.ErasedAt(t)!.Value)).OrderByDescending(e => e.Leaf).Take(lost).ToList();
        return result with { Verdict = RederivationVerdict.Erased, SinceLeaf = since[^1].Leaf, Reason = $"the text of {Some([.. since.Select(e => e.Trajectory)])} was erased" };
    }

    private static string Some(IReadOnlyList<string> trajectories)
    {
        const int Shown = 3;
        var few = string.Join(", ", trajectories.Order(StringComparer.Ordinal).Take(Shown).Select(t => $"trajectory {t}"));
        return trajectories.Count <= Shown ? few : $"{few} and {trajectories.Count - Shown} more";
    }

    private static RederivedDecision On(FamilyRun family, FamilyEvent.CurationDecided decision, RecordedEvent recorded) => new(
        family.Id, decision.ThroughEvidence, recorded.Leaf, decision.Operation, RederivationVerdict.Same,
        decision.Result?.SkillId ?? "", decision.Result?.Version ?? 0, decision.Result?.PackageDigest ?? "");

    private IReadOnlyDictionary<(string, Type), SkillEvent> Account(FamilyEvent.CurationDecided decision, RecordedEvent recorded)
    {
        // What was retired, or brought back as it was, is a version that another decision made.
        var isAnothers = decision.Operation == CurationOperation.Retire
            || (decision.Operation == CurationOperation.Reinstate && decision.Candidates.Any(c => c.SkillId == decision.Result?.SkillId && c.Version == decision.Result.Version));
        if (decision.Result is { } result && !isAnothers) _accounted.Add((result.SkillId, result.Version));
        return _deeds.Claim(decision, recorded.Leaf!.Value);
    }

    // Versions that say curation made them, and no decision does.
    private IEnumerable<RederivedDecision> Strays() => survey.Made.Where(m => !_accounted.Contains(m.Key)).OrderBy(m => m.Key.Skill, StringComparer.Ordinal).ThenBy(m => m.Key.Version)
        .Select(m => new RederivedDecision(
            _library.Find(m.Key.Skill).FamilyId, 0, null, m.Value is SkillEvent.SkillCreated ? CurationOperation.Create : CurationOperation.Improve,
            RederivationVerdict.Differs, m.Key.Skill, m.Key.Version, Reason: "the version says that curation made it, and no decision says so"))
        .Concat(_deeds.Strays.Select(d => new RederivedDecision(
            _library.Find(d.Skill).FamilyId, 0, d.Leaf, OperationOf(d.Event), RederivationVerdict.Differs, d.Skill,
            Reason: $"{EventCatalogue.Default.AliasOf(d.Event)} says that curation did it, and no decision says so")));

    private static CurationOperation OperationOf(SkillEvent deed) => deed switch
    {
        SkillEvent.SkillRetired => CurationOperation.Retire,
        SkillEvent.SkillReinstated => CurationOperation.Reinstate,
        _ => CurationOperation.Merge,
    };
}
