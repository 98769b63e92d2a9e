using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Functions.Cli.Api;

internal sealed record CheckpointAnswer(string Origin, long Leaves, CheckpointFacts? Checkpoint, IReadOnlyList<LogKeyFacts> Keys, LogStopFacts? Stopped)
{
    /// <summary>Every time that it began anew, the first one first.</summary>
    public IReadOnlyList<LogForkFacts> Forks { get; init; } = [];
}

/// <param name="PreviousKeys">Those that the log had under its previous name.</param>
internal sealed record LogForkFacts(string Origin, string PreviousOrigin, IReadOnlyList<LogKeyFacts> PreviousKeys);

internal sealed record CheckpointFacts(string Origin, long Size, string Root, string KeyId, DateTimeOffset SignedAt, string Note);

/// <param name="Key">As verifiers keep it: name+id+base64.</param>
internal sealed record LogKeyFacts(string KeyId, string? Key, string? Replaces, string? Endorsement, string Reason);

internal sealed record LogStopFacts(string Code, string Reason, string WhatToDo);

internal sealed record LogKeysAnswer(string Origin, string? Current, IReadOnlyList<LogKeyFacts> Keys);

internal sealed record LogKeyAnswer(string Origin, LogKeyFacts Key);

/// <param name="Text">The leaf's canonical text.</param>
/// <param name="Checkpoint">A signed note over the tree that the proof is of; null when that size was never signed.</param>
internal sealed record ProofAnswer(long Leaf, long Size, string Root, string LeafHash, string Text, IReadOnlyList<string> Proof, string? Checkpoint, string? TlogProof);

internal sealed record ConsistencyAnswer(long From, long To, string FromRoot, string ToRoot, IReadOnlyList<string> Proof);

/// <param name="StrayEvents">Events that are neither sealed nor waiting to be.</param>
/// <param name="StreamEnds">Streams whose row says another end than their events have.</param>
/// <param name="Names">Names that are not kept for the living skill that has them.</param>
internal sealed record TablesAnswer(
    IReadOnlyList<ReadModelFacts> ReadModels, IReadOnlyList<string> StrayEvents, IReadOnlyList<StreamEndFacts> StreamEnds, IReadOnlyList<SkillNameFacts> Names, LogStopFacts? Stopped);

/// <param name="Row">The version that the stream's row says it has.</param>
/// <param name="Last">The last that its events have.</param>
/// <param name="Events">How many there are.</param>
internal sealed record StreamEndFacts(string Tenant, string Stream, long Row, long Last, long Events);

internal sealed record SkillNameFacts(string Tenant, string Name, string SkillId);

/// <param name="Differing">Rows that are not what a rebuild from the events gives; -1 where the events have a hole, so that it cannot be built.</param>
internal sealed record ReadModelFacts(string Name, long Differing);
