using System.Collections.Immutable;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Families.FamilyEvent;

namespace Pipeline.Domain.Families;

/// <summary>The episodes that achieve one kind of effect in one environment, and what was decided from them.</summary>
public sealed record Family
{
    public static Family None { get; } = new();

    public string Id { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Effect { get; init; } = "";

    /// <summary>What kind of skill is learned from it.</summary>
    public SkillKind Kind { get; init; } = SkillKind.Functional;

    /// <summary>Evidence that stands, by its place in the order of first admission.</summary>
    public ImmutableSortedDictionary<int, EvidenceAdmitted> ByPlace { get; init; } = ImmutableSortedDictionary<int, EvidenceAdmitted>.Empty;

    /// <summary>Where each evidence id stands in that order.</summary>
    public ImmutableDictionary<string, int> Places { get; init; } = ImmutableDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>Evidence events so far, admissions and withdrawals: the clock of decision points.</summary>
    public int EvidenceEvents { get; init; }

    /// <summary>The last of them that concerns what its skills say: a correction, a withdrawal, or the last that a version was made from (<see cref="EvidenceCut"/>).</summary>
    public int Marked { get; init; }

    /// <summary>Whose each of them was, in order; of a withdrawal it is not on record.</summary>
    public ImmutableList<string> Sources { get; init; } = [];

    /// <summary>Stands for the source of what has none on record.</summary>
    public const string UnknownSource = "unknown";

    /// <summary>Those about the family's skill; those about its siblings stand with them.</summary>
    public ImmutableList<CurationDecided> Decisions { get; init; } = [];

    /// <summary>What was decided about siblings of the skill, by the model that each is for.</summary>
    public ImmutableSortedDictionary<string, SiblingLine> Siblings { get; init; } = ImmutableSortedDictionary.Create<string, SiblingLine>(StringComparer.Ordinal);

    /// <summary>The model of which this is a view (<see cref="SiblingFor"/>); null for the family itself.</summary>
    public string? ForModel { get; init; }

    /// <summary>Of a view: decisions about the family's own skill.</summary>
    public ImmutableList<CurationDecided> MainDecisions { get; init; } = [];

    /// <summary>Of a view: the sibling that somebody had made by hand; null where nobody had.</summary>
    public CuratedVersion? Accepted { get; init; }

    /// <summary>What a language model was asked, in order.</summary>
    public ImmutableList<ModelConsulted> Consultations { get; init; } = [];
    public string UnknownEvent { get; init; } = "";

    public bool IsOpen => Id.Length > 0;

    /// <summary>Up to which decision point curation has recorded a conclusion.</summary>
    public int DecidedThrough => LastAtPoint?.ThroughEvidence ?? 0;

    /// <summary>The last decision made at a decision point of this family; sweeps decide besides.</summary>
    public CurationDecided? LastAtPoint => Decisions.FindLast(d => d.Sweep is null);

    /// <summary>The skill that the family's decisions made; null while there is none.</summary>
    public CuratedVersion? Skill => Decisions.FindLast(d => d.Result is not null)?.Result ?? Accepted;

    /// <summary>Evidence that stands, in the order in which it was first admitted.</summary>
    public IEnumerable<EvidenceAdmitted> Evidence => ByPlace.Values;

    public EvidenceAdmitted? Find(string evidenceId) => Places.TryGetValue(evidenceId, out var place) ? ByPlace.GetValueOrDefault(place) : null;

    /// <summary>What a model said for a decision point: an input of the decision there.</summary>
    public ModelConsulted? ConsultationAt(int throughEvidence) => Consultations.FindLast(c => c.ThroughEvidence == throughEvidence);

    /// <summary>The consultation that answered this request, at whatever point.</summary>
    public ModelConsulted? AnswerTo(string requestDigest) => Consultations.FindLast(c => c.RequestDigest == requestDigest && c.FailureCode is null);

    /// <summary>Digest of the draft that a package was worded from; null for one that no model had a hand in.</summary>
    public string? DraftOf(string packageDigest) => Decisions.FindLast(d => d.Composition is not null && d.Result?.PackageDigest == packageDigest)?.Composition!.DraftDigest;

    public static Family Fold(IEnumerable<ILedgerEvent> events) => events.Aggregate(None, Evolve);

    /// <summary>Never throws: what is on record happened.</summary>
    public static Family Evolve(Family family, ILedgerEvent @event) => @event switch
    {
        FamilyOpened e => family with { Id = e.FamilyId, Environment = e.Environment, Effect = e.Effect, Kind = e.Kind },
        EvidenceAdmitted e => family.Admit(e),
        EvidenceWithdrawn e => family.Withdraw(e.EvidenceId),
        CurationDecided { SiblingFor: { } model } e => family.WithLine(model, line => line with { Decisions = line.Decisions.Add(e) }).Mark(e),
        CurationDecided e => (family with { Decisions = family.Decisions.Add(e) }).Mark(e),
        VariantAccepted e => family.WithLine(e.Model, line => line with { Accepted = e.Result }) with { Marked = family.EvidenceEvents },
        ModelConsulted e => family with { Consultations = family.Consultations.Add(e) },
        UnknownEvent e => family with { UnknownEvent = e.Alias },
        _ => family,
    };

    /// <summary>All decisions, whatever skill of the family they are about.</summary>
    public IEnumerable<CurationDecided> EveryDecision => (ForModel is null ? Decisions : MainDecisions).Concat(Siblings.Values.SelectMany(s => s.Decisions));

    /// <summary>The skills that the family has or had, its siblings included.</summary>
    public IEnumerable<string> SkillIds => EveryDecision.Select(d => d.Result).Concat(Siblings.Values.Select(s => s.Accepted)).OfType<CuratedVersion>().Select(r => r.SkillId).Distinct(StringComparer.Ordinal);

    /// <summary>The family as its sibling for a model has it: that model's evidence, and the decisions about that sibling.</summary>
    public Family SiblingFor(string model)
    {
        var line = Siblings.GetValueOrDefault(model, SiblingLine.None);
        return Without(e => e.Model != model) with { ForModel = model, MainDecisions = Decisions, Decisions = line.Decisions, Accepted = line.Accepted, Consultations = [] };
    }

    /// <summary>The family without the evidence of these models.</summary>
    public Family WithoutModels(IReadOnlySet<string> models) => models.Count == 0 ? this : Without(e => models.Contains(e.Model));

    private Family Without(Func<EvidenceAdmitted, bool> which) => this with { ByPlace = ByPlace.RemoveRange(ByPlace.Where(e => which(e.Value)).Select(e => e.Key)) };

    private Family WithLine(string model, Func<SiblingLine, SiblingLine> change) =>
        this with { Siblings = Siblings.SetItem(model, change(Siblings.GetValueOrDefault(model, SiblingLine.None))) };

    // Evidence events number the places, so a place is never used twice.
    private Family Admit(EvidenceAdmitted evidence)
    {
        var place = Places.TryGetValue(evidence.EvidenceId, out var known) ? known : EvidenceEvents;
        return this with
        {
            ByPlace = ByPlace.SetItem(place, evidence),
            Places = Places.SetItem(evidence.EvidenceId, place),
            EvidenceEvents = EvidenceEvents + 1,
            Marked = place == EvidenceEvents ? Marked : EvidenceEvents + 1,
            Sources = Sources.Add(evidence.Source),
        };
    }

    private Family Mark(CurationDecided decided) => decided.Result is null || decided.ThroughEvidence <= Marked ? this : this with { Marked = decided.ThroughEvidence };

    private Family Withdraw(string evidenceId) => this with
    {
        ByPlace = Places.TryGetValue(evidenceId, out var place) ? ByPlace.Remove(place) : ByPlace,
        Places = Places.Remove(evidenceId),
        EvidenceEvents = EvidenceEvents + 1,
        Marked = EvidenceEvents + 1,
        Sources = Sources.Add(UnknownSource),
    };
}

/// <summary>The sibling that a model has of a family's skill, or may get.</summary>
/// <param name="Accepted">The first version of one that somebody had made by hand; null where nobody had.</param>
public sealed record SiblingLine(ImmutableList<CurationDecided> Decisions, CuratedVersion? Accepted)
{
    public static SiblingLine None { get; } = new([], null);

    /// <summary>Null while there is none.</summary>
    public CuratedVersion? Skill => Decisions.FindLast(d => d.Result is not null)?.Result ?? Accepted;
}
