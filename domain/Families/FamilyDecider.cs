using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Families.FamilyCommand;
using static Pipeline.Domain.Families.FamilyEvent;

namespace Pipeline.Domain.Families;

/// <summary>What can be asked of a family.</summary>
public abstract record FamilyCommand
{
    /// <summary>Opens the family with the first evidence.</summary>
    public sealed record Admit(string FamilyId, string Environment, string Effect, EvidenceAdmitted Evidence, SkillKind Kind = SkillKind.Functional) : FamilyCommand;

    public sealed record Withdraw(string EvidenceId, string Reason) : FamilyCommand;

    public sealed record Conclude(CurationDecided Decision) : FamilyCommand;

    /// <summary>Puts on record what a language model was asked and what it said.</summary>
    public sealed record Consult(ModelConsulted Consultation) : FamilyCommand;
}

/// <summary>Decides on commands to one family. A command that is already in effect yields no event.</summary>
public static class FamilyDecider
{
    public static Decision Decide(FamilyCommand command, Family family) => (family, command) switch
    {
        ({ UnknownEvent.Length: > 0 }, _) => Decision.RefuseUnknown($"family {family.Id}", family.UnknownEvent),
        ({ IsOpen: false }, Admit c) => Decision.Of(new FamilyOpened(c.FamilyId, c.Environment, c.Effect, c.Kind), c.Evidence),
        ({ IsOpen: false }, _) => Decision.Refuse("family-unknown", "there is no such family"),
        (_, Admit c) => family.Find(c.Evidence.EvidenceId) is { } known && Same(known, c.Evidence) ? Decision.Nothing : Decision.Of(c.Evidence),
        (_, Withdraw c) => family.Find(c.EvidenceId) is null ? Decision.Nothing : Decision.Of(new EvidenceWithdrawn(c.EvidenceId, c.Reason)),
        (_, Conclude c) => Conclusion(c.Decision, family),
        (_, Consult c) => family.ConsultationAt(c.Consultation.ThroughEvidence)?.RequestDigest == c.Consultation.RequestDigest ? Decision.Nothing : Decision.Of(c.Consultation),
        _ => throw new InvalidOperationException($"no rule for {command.GetType().Name}"),
    };

    private static Decision Conclusion(CurationDecided decision, Family family)
    {
        if (decision.ThroughEvidence > family.EvidenceEvents)
            return Decision.Refuse("decision-ahead", $"the decision claims {decision.ThroughEvidence} evidence events, and the family has {family.EvidenceEvents}");
        if (decision.SiblingFor is { } model) family = family.SiblingFor(model);
        if (decision.Sweep is null && decision.ThroughEvidence <= family.DecidedThrough) return Decision.Nothing;
        var last = decision.Sweep is null ? family.LastAtPoint : family.Decisions.FindLast(d => d.Sweep is { } sweep && sweep.Families.SequenceEqual(decision.Sweep.Families));
        var changesNothing = decision.Operation == CurationOperation.Keep
            && last is { Operation: CurationOperation.Keep } && last.ReasonCode == decision.ReasonCode && last.Policy == decision.Policy && SameModels(last.Models, decision.Models);
        return changesNothing ? Decision.Nothing : Decision.Of(decision);
    }

    private static bool SameModels(ModelEffects? a, ModelEffects? b) =>
        a is null || b is null ? a == b : a.Helped.SequenceEqual(b.Helped) && a.Harmed.SequenceEqual(b.Harmed) && a.Proposed.SequenceEqual(b.Proposed) && Waiting(a).SequenceEqual(Waiting(b));

    // How long they wait still is no news; that they no longer do is.
    private static IEnumerable<string> Waiting(ModelEffects effects) => (effects.Waits ?? []).Select(w => w.Model);

    private static bool Same(EvidenceAdmitted a, EvidenceAdmitted b) => CanonicalJson.Text(a) == CanonicalJson.Text(b);
}
