namespace Pipeline.Functions.Cli;

/// <summary>What the process ends with. Scripts depend on these numbers: they do not change.</summary>
public static class ExitCodes
{
    public const int Done = 0;
    public const int Refused = 1;
    public const int Usage = 2;
    public const int NoServer = 3;
    public const int NotFound = 4;
    public const int Altered = 5;
    public const int Interrupted = 130;
    public const int Terminated = 143;

    /// <summary>For the help and the documentation, in the order of the codes.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Done, "done"),
        (Refused, "something was refused, could not be read, or did not hold; STDERR says what"),
        (Usage, "the command line is not right"),
        (NoServer, "no server could be reached or started"),
        (NotFound, "there is no such skill, version or dead letter"),
        (Altered, "the ledger, or what was taken from it, is not what was sealed"),
        (Interrupted, "stopped by Ctrl+C"),
        (Terminated, "stopped by SIGTERM"),
    ];
}

/// <summary>The command cannot go on. The message is one clear sentence that says what to do; it is all that is shown.</summary>
internal sealed class CliFailure(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
