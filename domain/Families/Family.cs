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

    /// <summary>Whose each of them was, in order; of a withdrawal it is not on record.</summary>
    public ImmutableList<string> Sources { get; init; } = [];

    /// <summary>Stands for the source of what has none on record.</summary>
    public const string UnknownSource = "unknown";
    public ImmutableList<CurationDecided> Decisions { get; init; } = [];

    /// <summary>What a language model was asked, in order.</summary>
    public ImmutableList<ModelConsulted> Consultations { get; init; } = [];
    public string UnknownEvent { get; init; } = "";

    public bool IsOpen => Id.Length > 0;

    /// <summary>Up to which decision point curation has recorded a conclusion.</summary>
    public int DecidedThrough => LastAtPoint?.ThroughEvidence ?? 0;

    /// <summary>The last decision made at a decision point of this family; sweeps decide besides.</summary>
    public CurationDecided? LastAtPoint => Decisions.FindLast(d => d.Sweep is null);

    /// <summary>The skill that the family's decisions made; null while there is none.</summary>
    public CuratedVersion? Skill => Decisions.FindLast(d => d.Result is not null)?.Result;

    /// <summary>Evidence that stands, in the order in which it was first admitted.</summary>
    public IEnumerable<EvidenceAdmitted> Evidence => ByPlace.Values;

    public EvidenceAdmitted? Find(string evidenceId) => Places.TryGetValue(evidenceId, out var place) ? ByPlace[place] : null;

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
        CurationDecided e => family with { Decisions = family.Decisions.Add(e) },
        ModelConsulted e => family with { Consultations = family.Consultations.Add(e) },
        UnknownEvent e => family with { UnknownEvent = e.Alias },
        _ => family,
    };

    // Evidence events number the places, so a place is never used twice.
    private Family Admit(EvidenceAdmitted evidence)
    {
        var place = Places.TryGetValue(evidence.EvidenceId, out var known) ? known : EvidenceEvents;
        return this with
        {
            ByPlace = ByPlace.SetItem(place, evidence),
            Places = Places.SetItem(evidence.EvidenceId, place),
            EvidenceEvents = EvidenceEvents + 1,
            Sources = Sources.Add(evidence.Source),
        };
    }

    private Family Withdraw(string evidenceId) => this with
    {
        ByPlace = Places.TryGetValue(evidenceId, out var place) ? ByPlace.Remove(place) : ByPlace,
        Places = Places.Remove(evidenceId),
        EvidenceEvents = EvidenceEvents + 1,
        Sources = Sources.Add(UnknownSource),
    };
}
