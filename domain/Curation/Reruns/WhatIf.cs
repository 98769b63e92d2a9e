using System.Runtime.CompilerServices;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>What another policy would have decided over the same history: the same evidence in the same order, what people did by hand
/// where there is something to do it to, and the built-in composer, since what a model would have answered is not on record.</summary>
/// <remarks>Which versions the runs had loaded is history and stays as it is: a version that another policy makes is credited with runs only
/// where its package is one of those. When curation looked at a point that is not on record is not known: it is taken to have looked at once.
/// Sweeps are run where one that decided something is on record and, for another policy than the active one, at the end.</remarks>
/// <param name="lookedThrough">How many evidence events of a family curation has looked at; the other policy looks at no more.</param>
public sealed class WhatIf(HistorySurvey survey, ActivePolicy policy, IRecordedInputs inputs, Func<string, int> lookedThrough)
{
    private readonly CurationRun _run = new(PolicyTimeline.Always(policy), inputs);
    private readonly SkillLibrary _recorded = new();
    private readonly List<ByHandInVain> _inVain = [];
    private readonly Dictionary<string, string> _drafts = new(StringComparer.Ordinal);
    private long _sweptAt = -1;
    private IReadOnlyList<MadeDecision> _swept = [];

    /// <summary>What people did by hand and the run had nothing to do it to.</summary>
    public IReadOnlyList<ByHandInVain> InVain => _inVain;

    /// <summary>The skills at the end, by id, as recorded and as they would be.</summary>
    public IEnumerable<SkillSideBySide> Library => _recorded.All.Select(s => s.Id).Union(_run.Library.All.Select(s => s.Id), StringComparer.Ordinal).Order(StringComparer.Ordinal)
        .Select(id => new SkillSideBySide(id, SkillSide.Of(_recorded.Find(id), _drafts), SkillSide.Of(_run.Library.Find(id), _drafts)));

    /// <param name="history">The sealed events of one tenant in leaf order, the same that were surveyed.</param>
    /// <returns>Every point at which either decides something, in the order in which it is come to.</returns>
    public async IAsyncEnumerable<WhatIfDecision> RunAsync(IAsyncEnumerable<RecordedEvent> history, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var recorded in history.WithCancellation(ct))
        {
            var id = Streams.IdOf(recorded.StreamId);
            switch (recorded.Event)
            {
                case FamilyEvent.CurationDecided { Sweep: { } sweep } swept:
                    await foreach (var compared in SweepAsync(id, swept, sweep, recorded.Leaf, ct)) yield return compared;
                    break;
                case FamilyEvent.CurationDecided decision:
                    if (decision is { Result.PackageDigest: var worded, Composition.DraftPackageDigest: var draft }) _drafts[worded] = draft;
                    foreach (var compared in Pair(id, decision, recorded.Leaf, await _run.CurateAsync(id, ct, DecisionStep.Of(decision)))) yield return compared;
                    break;
                case FamilyEvent:
                    _run.Take(recorded);
                    break;
                case SkillEvent done:
                    if (!HistorySurvey.IsByPolicy(recorded))
                    {
                        // What had come before it was decided on the skill as it was; where a decision is on record after it, so is the one beside it.
                        foreach (var family in _run.FamiliesOf(id).ToList())
                            foreach (var made in Alone(await _run.CurateAsync(family, ct, holdAt: step => survey.IsDecided(family, step)))) yield return made;
                        if (_run.ByHand(id, done) is { Length: > 0 } why) _inVain.Add(new(recorded.Leaf!.Value, id, recorded.Alias, why));
                    }
                    _recorded.Apply(id, done);
                    break;
            }
        }
        foreach (var family in _run.Families.ToList())
            foreach (var made in Alone(await _run.CurateAsync(family, ct, DecisionStep.After(lookedThrough(family))))) yield return made;
        // The active policy's own sweeps are on record; another's would have been by now.
        if (policy.Reference.Digest != survey.ActiveDigest)
            foreach (var made in Alone(await _run.SweepAsync(survey.Leaves - 1, survey.Until, ct))) yield return made;
    }

    private async IAsyncEnumerable<WhatIfDecision> SweepAsync(string family, FamilyEvent.CurationDecided decision, SweptAt sweep, long? leaf, [EnumeratorCancellation] CancellationToken ct)
    {
        if (sweep.Leaf != _sweptAt)
        {
            _sweptAt = sweep.Leaf;
            foreach (var waiting in _run.Families.ToList())
                foreach (var made in Alone(await _run.CurateAsync(waiting, ct, holdAt: step => survey.IsDecided(waiting, step)))) yield return made;
            _swept = await _run.SweepAsync(sweep.Leaf, decision.At, ct, sweep.LeftOut);
            foreach (var made in Alone(_swept.Where(m => !survey.IsSwept(m.FamilyId, sweep.Leaf)))) yield return made;
        }
        var beside = _swept.FirstOrDefault(m => m.FamilyId == family);
        yield return new(
            family, decision.ThroughEvidence, leaf, WhatIfConclusion.Of(decision), beside is null ? null : WhatIfConclusion.Of(beside.Decision),
            beside is null ? "that policy's sweep finds nothing to do" : beside.Decision.Reason, beside?.Unreadable ?? 0);
    }

    private static IEnumerable<WhatIfDecision> Pair(string family, FamilyEvent.CurationDecided decision, long? leaf, IReadOnlyList<MadeDecision> made)
    {
        foreach (var before in Alone(made.Where(m => DecisionStep.Of(m.Decision) < DecisionStep.Of(decision)))) yield return before;
        var beside = made.FirstOrDefault(m => DecisionStep.Of(m.Decision) == DecisionStep.Of(decision));
        yield return new(
            family, decision.ThroughEvidence, leaf, WhatIfConclusion.Of(decision), beside is { IsNew: true } ? WhatIfConclusion.Of(beside.Decision) : null,
            beside is null ? "that policy does not decide there" : beside.IsNew ? beside.Decision.Reason : $"as before: {beside.Decision.Reason}", beside?.Unreadable ?? 0);
    }

    private static IEnumerable<WhatIfDecision> Alone(IEnumerable<MadeDecision> made) => made.Where(m => m.IsNew)
        .Select(m => new WhatIfDecision(m.FamilyId, m.Decision.ThroughEvidence, null, null, WhatIfConclusion.Of(m.Decision), m.Decision.Reason, m.Unreadable));
}

/// <summary>A point at which history, or the other policy, decides something.</summary>
/// <param name="Point">How many evidence events of the family there are up to it.</param>
/// <param name="Leaf">Of the decision on record; null where none is.</param>
/// <param name="Recorded">Null where nothing is on record.</param>
/// <param name="WouldBe">Null where it would decide nothing, or nothing new.</param>
/// <param name="Why">Why it would be so.</param>
/// <param name="Unreadable">Episodes that could no longer be read and were left out.</param>
public sealed record WhatIfDecision(string FamilyId, int Point, long? Leaf, WhatIfConclusion? Recorded, WhatIfConclusion? WouldBe, string Why, int Unreadable)
{
    /// <summary>Whether something else is made, or the same nothing for another reason.</summary>
    public bool Differs => Made(Recorded) != Made(WouldBe) || (Recorded is { } r && WouldBe is { } w && r.ReasonCode != w.ReasonCode);

    private static (CurationOperation, string, string)? Made(WhatIfConclusion? conclusion) =>
        conclusion is null or { Operation: CurationOperation.Keep } ? null : (conclusion.Operation, conclusion.SkillId, conclusion.PackageDigest);
}

/// <param name="SkillId">Empty where nothing was made or changed; so is the digest, and the version is 0.</param>
/// <param name="PackageDigest">As the built-in composer wrote it.</param>
public sealed record WhatIfConclusion(CurationOperation Operation, string ReasonCode, string Reason, string SkillId, int Version, string PackageDigest)
{
    // What a model worded is known by its draft: that is what the other policy has as well.
    public static WhatIfConclusion Of(FamilyEvent.CurationDecided d) => new(
        d.Operation, d.ReasonCode, d.Reason, d.Result?.SkillId ?? "", d.Result?.Version ?? 0, d.Composition?.DraftPackageDigest ?? d.Result?.PackageDigest ?? "");
}

/// <summary>A skill at the end of history, and at the end of what would have been.</summary>
/// <param name="Recorded">Null where there is none.</param>
public sealed record SkillSideBySide(string SkillId, SkillSide? Recorded, SkillSide? WouldBe)
{
    public bool Differs => Recorded != WouldBe;
}

/// <param name="PackageDigest">Of the version that stands, as the built-in composer wrote it.</param>
public sealed record SkillSide(string Name, Lifecycle Status, int Versions, string PackageDigest)
{
    /// <param name="drafts">Digests of packages that a model worded, and of those that their drafts would have been.</param>
    public static SkillSide? Of(Skill skill, IReadOnlyDictionary<string, string> drafts) => skill.Current is { } current
        ? new(skill.Name, skill.Lifecycle, skill.Versions.Count, drafts.GetValueOrDefault(current.PackageDigest, current.PackageDigest))
        : null;
}

/// <param name="Event">What was done, as the ledger calls it.</param>
public sealed record ByHandInVain(long Leaf, string SkillId, string Event, string Reason);
