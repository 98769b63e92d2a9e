using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Trajectories;

/// <summary>What a trajectory's stream keeps. No text of the run: payloads lie apart, under the data subject's key.</summary>
public abstract record TrajectoryEvent : ILedgerEvent
{
    /// <summary>The run was taken in.</summary>
    public sealed record TrajectoryRecorded : TrajectoryEvent
    {
        public required string TrajectoryId { get; init; }
        public required string Source { get; init; }
        public required string SourceId { get; init; }
        public required string Subject { get; init; }
        public required string Task { get; init; }
        public required string Environment { get; init; }
        public required string Agent { get; init; }
        public required string Model { get; init; }
        public required string Harness { get; init; }
        public required Outcome Outcome { get; init; }
        public required SkillUsage SkillUsage { get; init; }
        public required int Steps { get; init; }
        public required int ToolCalls { get; init; }
        public long? Tokens { get; init; }
        public decimal? CostUsd { get; init; }
        public required PayloadReference Payload { get; init; }

        /// <summary>Where its episodes went as evidence.</summary>
        public required IReadOnlyList<EpisodeReference> Episodes { get; init; }

        /// <summary>How many values each redaction pattern replaced, by pattern id.</summary>
        public required IReadOnlyDictionary<string, int> Redactions { get; init; }
    }

    /// <summary>A later verdict supersedes the one before: gold labels do get corrected. What was verified gives way only to what was verified.</summary>
    public sealed record TrajectoryOutcomeCorrected(Outcome From, Outcome To, string Reason) : TrajectoryEvent;

    /// <summary>The run was kept out.</summary>
    public sealed record TrajectoryRejected(string TrajectoryId, string Source, string SourceId, string Reason) : TrajectoryEvent;

    /// <summary>The key of the subject's payloads was destroyed: the text of this run can no longer be read by anybody.</summary>
    public sealed record SubjectErased(string Subject, string PayloadDigest, string Reason) : TrajectoryEvent
    {
        /// <summary>Contents that this run stood behind and that said what only the subject's runs had said: their bytes were deleted with it. Digests in
        /// ordinal order.</summary>
        public IReadOnlyList<string>? Purged { get; init; }
    }
}

/// <param name="FirstStep">From 1.</param>
public sealed record EpisodeReference(string EvidenceId, string FamilyId, int FirstStep, int LastStep);

/// <summary>Where a payload lies and what it is, without saying what it says.</summary>
/// <param name="Digest">Keyed by the data subject's key, so that nothing can be guessed from it once the key is gone.</param>
/// <param name="Bytes">Size of the canonical JSON before encryption.</param>
/// <param name="Place">What the payload store finds it by.</param>
public sealed record PayloadReference(string Digest, long Bytes, string Place);
