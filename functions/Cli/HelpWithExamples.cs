using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Pipeline.Functions.Cli;

/// <summary>The usual help, and below it the command's examples, or the exit codes for the program as a whole.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        switch (parseResult.CommandResult.Command)
        {
            case CliCommand command:
                output.WriteLine("Examples:");
                foreach (var example in command.Examples) output.WriteLine($"  {Invocation.Of(example)}");
                break;
            case RootCommand:
                output.WriteLine("Without arguments: up.");
                output.WriteLine();
                output.WriteLine("Exit codes:");
                foreach (var (code, meaning) in ExitCodes.All) output.WriteLine($"  {code,-4} {meaning}");
                break;
        }

        return result;
    }
}
