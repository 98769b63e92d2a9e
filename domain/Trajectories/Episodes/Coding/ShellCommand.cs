namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>One simple command of a shell line, as far as it can be told without running anything.</summary>
/// <param name="Words">Without quotes; assignments before the head included.</param>
/// <param name="Writes">Files that its output is sent to.</param>
/// <param name="Input">What a here-document or here-string gives it; empty without one.</param>
public sealed record ShellCommand(IReadOnlyList<string> Words, IReadOnlyList<string> Writes, string Input);
