using System.Text;

namespace Pipeline.Functions.Cli;

/// <summary>Where a command reads and writes: the process's own streams, or a test's.</summary>
/// <param name="OpenInput">Opens STDIN, which may hold gzip: bytes, not text.</param>
internal sealed record Streams(
    Func<Stream> OpenInput, TextWriter Out, TextWriter Error, bool IsInputTerminal, bool IsOutTerminal, bool IsErrorTerminal)
{
    public static Streams OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new(
            System.Console.OpenStandardInput,
            new StreamWriter(System.Console.OpenStandardOutput(), utf8) { AutoFlush = true },
            new StreamWriter(System.Console.OpenStandardError(), utf8) { AutoFlush = true },
            !System.Console.IsInputRedirected,
            !System.Console.IsOutputRedirected,
            !System.Console.IsErrorRedirected);
    }
}
