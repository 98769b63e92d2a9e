using System.CommandLine;

namespace Pipeline.Functions.Cli;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Url { get; } = new("--url", "--server")
    {
        Description = $"The server to talk to, also as --server; over https, or http on this machine. A bearer token for it is taken from {ServerAccess.TokenVariable}, "
            + $"or from the file that {ServerAccess.TokenFileVariable} names. [default: {ServerAccess.ServerVariable} unless --home is given, else the one that runs for the home, or one that is started for as long as the command takes]",
        HelpName = "URL",
        Recursive = true,
    };

    public Option<string?> Home { get; } = new("--home")
    {
        Description = "Where the product keeps its things. [default: PIPELINE_HOME, or .pipeline here]",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "One JSON document on STDOUT, and nothing else there.",
        Recursive = true,
    };

    public Option<bool> NoColour { get; } = new("--no-color")
    {
        Description = "No colours. Also when NO_COLOR is set.",
        Recursive = true,
    };

    public IReadOnlyList<Option> All => [Url, Home, Json, NoColour];
}
