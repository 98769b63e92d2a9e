using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation;

/// <summary>What curation concluded: the decision for the record and, where something is to be made, the command and the files.</summary>
public sealed record CurationConclusion(FamilyEvent.CurationDecided Decision, SkillCommand? Command, Package? Package)
{
    /// <summary>The miner's SKILL.md that a model was asked about; null where none was.</summary>
    public string? Draft { get; init; }

    /// <summary>The conclusion to keep, because what was wanted was refused.</summary>
    public CurationConclusion Instead(Ledger.Decision.Refused refusal) => new(
        Decision with { Operation = CurationOperation.Keep, ReasonCode = refusal.Code, Reason = refusal.Message, Result = null, Composition = null }, null, null);
}
