namespace Pipeline.Domain.Validation.Platform;

/// <summary>A run of a task on a platform.</summary>
/// <param name="Tokens">Prompt and completion; null where the platform does not tell.</param>
public sealed record TrialRun(bool Success, long? Tokens = null);

/// <summary>One task, run twice by the same model: with the candidate and without it.</summary>
public sealed record TrialPair(string Task, string Model, TrialRun With, TrialRun Without);

/// <summary>What a platform answers to a validation job.</summary>
/// <param name="Job">The job's id, as it was asked.</param>
/// <param name="Token">As it was asked: who answers must have been asked.</param>
/// <param name="PackageDigest">Of what was tried.</param>
/// <param name="Blocked">Why the platform could not try it; empty where it did.</param>
public sealed record PlatformTrial(string Job, string Token, string PackageDigest, string Blocked, IReadOnlyList<TrialPair> Pairs);
