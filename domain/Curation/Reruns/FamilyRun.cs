using System.Text;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>A family's stream as far as a run over the history has come, and how far curation has looked at it.</summary>
/// <param name="find">Another family of the same run; null where it has none of that id.</param>
internal sealed class FamilyRun(string id, Func<string, FamilyRun?> find)
{
    private readonly List<RecordedEvent> _history = [];
    private readonly HashSet<string> _siblings = new(StringComparer.Ordinal);
    private DecisionStep _looked;
    private DecisionPoint? _point;

    public string Id { get; } = id;

    /// <summary>The family's own skill; empty while it has none.</summary>
    public string SkillId { get; private set; } = "";

    public void Add(RecordedEvent recorded)
    {
        _history.Add(recorded);
        switch (recorded.Event)
        {
            case FamilyEvent.CurationDecided { SiblingFor: null, Result.SkillId: var skill }:
                SkillId = skill;
                break;
            case FamilyEvent.CurationDecided { Result.SkillId: var sibling }:
                _siblings.Add(sibling);
                break;
            case FamilyEvent.VariantAccepted accepted:
                _siblings.Add(accepted.Result.SkillId);
                break;
        }
    }

    /// <summary>Whether a skill is the family's own, or one of its siblings.</summary>
    public bool Has(string skillId) => SkillId == skillId || _siblings.Contains(skillId);

    public void Look(DecisionStep through) => _looked = through > _looked ? through : _looked;

    /// <summary>What is to be decided after what was looked at: about the siblings at that point, then at the next one.</summary>
    public DueDecision? Next(PolicyTimeline timeline)
    {
        if (_point is { } point && point.Number == _looked.Point && SiblingLines.At(_history, point).FirstOrDefault(m => string.CompareOrdinal(m, _looked.Model) > 0) is { } model)
            return new(point, model);
        return FamilyHistory.NextPoint(timeline, _history, _looked.Point) is { } next ? new(_point = next, null) : null;
    }

    /// <summary>Decides as curation does, on the skills as they stand in <paramref name="library"/>.</summary>
    /// <param name="answered">The request that a model answered for this decision; null where none was asked.</param>
    public async ValueTask<Concluded> DecideAsync(DueDecision due, SkillLibrary library, IRecordedInputs inputs, CancellationToken ct, string? answered = null)
    {
        var point = due.Point;
        var recordedThen = FamilyHistory.AsOf(_history, point.Number);
        var family = due.Model is { } model ? recordedThen.SiblingFor(model) : SiblingLines.Main(MergedFamilies.WithoutUndone(recordedThen, library.Find), library.Find);
        var merged = MergedFamilies.KinOf(family)
            .Select(kin => kin == Id ? family : SiblingLines.Main(FamilyHistory.AsOfLeaf(find(kin)?._history ?? [], point.Evidence.Leaf!.Value), library.Find)).ToList();
        var (all, episodes) = (new List<FamilyEvent.EvidenceAdmitted>(), new List<MinedEpisode>());
        foreach (var one in merged.DefaultIfEmpty(family))
        {
            var selected = EvidenceSelection.Select(one.Evidence, point.Active.Policy);
            all.AddRange(selected);
            episodes.AddRange(await inputs.EpisodesAsync(one.Id, selected, ct));
        }
        var main = await MainAsync(family, library, inputs, ct);
        var unreadable = Unread(all, episodes);

        var answer = answered is null ? null : await AnswerAsync(family, answered, inputs, ct);

        var (name, refusal) = (FamilyHistory.NameOf(family, episodes, point.Active.Policy, main?.Skill.Name), (Decision.Refused?)null);
        while (true)
        {
            var skill = library.Find(family.Skill?.SkillId ?? name);
            var conclusion = FamilyCuration.Decide(new()
            {
                Family = family,
                Leaf = point.Evidence.Leaf!.Value,
                At = point.Evidence.Context.RecordedAt,
                PolicyReference = point.Active.Reference,
                Policy = point.Active.Policy,
                Episodes = episodes,
                Main = main,
                Merged = merged,
                Name = name,
                Skill = family.Skill is null ? Skill.None : skill,
                CurrentText = family.Skill is null ? "" : await library.TextOfAsync(skill, inputs, ct),
                CurrentVariants = family.Skill is null ? "" : await library.VariantsOfAsync(skill, inputs, ct),
                CurrentDraft = family.Skill is null ? "" : await SkillLibrary.DraftOfAsync(family, skill, inputs, ct),
                Corrects = point.Corrects,
                Answer = answer,
            });
            if (refusal is not null) conclusion = conclusion.Instead(refusal);
            var recorded = FamilyDecider.Decide(new FamilyCommand.Conclude(conclusion.Decision), recordedThen);
            if (recorded is not Decision.Accepted { Events: [FamilyEvent.CurationDecided decision] }) return new(conclusion.Decision, false, skill.Id, [], null, unreadable);
            if (conclusion.Command is not { } command) return new(decision, true, skill.Id, [], null, unreadable);
            var refused = Decide(command, skill, library, out var events);
            if (refused is null) return new(decision, true, command is SkillCommand.Create create ? create.SkillId : skill.Id, events, conclusion.Package, unreadable);
            // As curation does it: a name that is somebody's, then a conclusion that nothing can be made.
            var distinct = FamilyHistory.DistinctNameOf(family, episodes, point.Active.Policy, main?.Skill.Name);
            if (refused.Code is "name-taken" or "skill-exists" && name != distinct) name = distinct;
            else if (refusal is null) refusal = refused;
            else throw new InvalidOperationException($"curation of {Id} cannot conclude: {refused.Code}");
        }
    }

    /// <summary>The family as a sweep sees it at a leaf; null before it was opened.</summary>
    public async ValueTask<SweptFamily?> SweptAsync(long leaf, SkillLibrary library, IRecordedInputs inputs, CancellationToken ct)
    {
        var whole = MergedFamilies.WithoutUndone(FamilyHistory.AsOfLeaf(_history, leaf), library.Find);
        if (!whole.IsOpen) return null;
        var family = SiblingLines.Main(whole, library.Find);
        var skill = family.Skill is { } result ? library.Find(result.SkillId) : Skill.None;
        return new(family, Sighting.Of(_history.Where(e => e.Leaf <= leaf), whole), skill, await library.TextOfAsync(skill, inputs, ct))
        {
            Variants = await library.VariantsOfAsync(skill, inputs, ct),
            Whole = whole,
        };
    }

    /// <summary>The family's stream grew between two leaves.</summary>
    public bool Grew(long after, long before) => _history.Exists(e => e.Leaf > after && e.Leaf < before);

    /// <summary>When the last of the family's events up to a leaf was recorded; null where there is none.</summary>
    public DateTimeOffset? RecordedBy(long leaf) => _history.Where(e => e.Leaf <= leaf).Max(e => (DateTimeOffset?)e.Context.RecordedAt);

    /// <summary>The family as its stream stands, with what was decided.</summary>
    public Family Now => Family.Fold(_history.Select(e => e.Event));

    internal static IReadOnlyList<string> Unread(IEnumerable<FamilyEvent.EvidenceAdmitted> selected, IEnumerable<MinedEpisode> read) =>
        [.. selected.Select(e => (e.EvidenceId, e.TrajectoryId)).ExceptBy(read.Select(e => e.Id), e => e.EvidenceId, StringComparer.Ordinal).Select(e => e.TrajectoryId)];

    private static async ValueTask<MainSkill?> MainAsync(Family view, SkillLibrary library, IRecordedInputs inputs, CancellationToken ct)
    {
        if (MainSkill.IdFor(view, library.Find(view.Skill?.SkillId ?? "")) is not { } id) return null;
        var skill = library.Find(id);
        return MainSkill.Of(id, skill, await library.TextOfAsync(skill, inputs, ct), await library.VariantsOfAsync(skill, inputs, ct));
    }

    private static async ValueTask<ModelAnswer?> AnswerAsync(Family family, string request, IRecordedInputs inputs, CancellationToken ct)
    {
        if (family.Consultations.FindLast(c => c.RequestDigest == request) is not { } consultation) return null;
        return new(consultation, consultation.ResponseDigest is { } digest ? await inputs.ContentAsync(digest, ct) ?? [] : []);
    }

    private static Decision.Refused? Decide(SkillCommand command, Skill skill, SkillLibrary library, out IReadOnlyList<ILedgerEvent> events)
    {
        // A skill that a family is given after it had one is a stream of its own.
        var decided = SkillDecider.Decide(command, command is SkillCommand.Create { SkillId: var made } ? library.Find(made) : skill);
        events = decided is Decision.Accepted accepted ? accepted.Events : [];
        var claimed = command switch
        {
            SkillCommand.Create create => (create.Name, create.SkillId),
            SkillCommand.Reinstate or SkillCommand.Renew => (skill.Name, skill.Id),
            _ => ("", ""),
        };
        return decided as Decision.Refused
            ?? (RevokedPackage.MadeBy(command) is { } package ? RevokedPackage.Objection(package, library.All) : null)
            ?? (library.HolderOf(claimed.Item1) is { } holder && holder != claimed.Item2 ? new("name-taken", $"the name {claimed.Item1} is {holder}'s") : null);
    }
}

/// <summary>What curation comes to at a point.</summary>
/// <param name="IsNew">False where it says what it said last: then nothing goes on record.</param>
/// <param name="SkillId">The skill that it is about; empty while there is none.</param>
/// <param name="SkillEvents">What the decision does to the skill.</param>
/// <param name="Unreadable">Runs whose text it was to read and could not.</param>
internal sealed record Concluded(
    FamilyEvent.CurationDecided Decision, bool IsNew, string SkillId, IReadOnlyList<ILedgerEvent> SkillEvents, Package? Package, IReadOnlyList<string> Unreadable);
