using System.CommandLine;

namespace Pipeline.Functions.Cli;

/// <summary>What every command is made with.</summary>
internal sealed record CliContext(Streams Streams, GlobalOptions Global, TimeProvider Time);

/// <summary>A command that does something, with examples for its help.</summary>
internal abstract class CliCommand : Command
{
    /// <param name="examples">Command lines without the program's name.</param>
    protected CliCommand(CliContext context, string name, string description, params string[] examples) : base(name, description)
    {
        Examples = examples;
        SetAction((parsed, ct) => RunAsync(new CommandRun(parsed, context), ct));
    }

    public IReadOnlyList<string> Examples { get; }

    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(CommandRun run, CancellationToken ct);

    protected Argument<T> Add<T>(Argument<T> argument)
    {
        Arguments.Add(argument);
        return argument;
    }

    protected Option<T> Add<T>(Option<T> option)
    {
        Options.Add(option);
        return option;
    }
}
