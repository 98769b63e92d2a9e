using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Spectre.Console;

namespace Pipeline.Functions.Cli;

/// <summary>Data go to STDOUT, talk goes to STDERR; neither has colour codes unless it goes to a terminal that wants them.</summary>
internal sealed class Terminal
{
    // What is redirected is for programs and files: no line is broken for the sake of a window that is not there.
    private const int WideEnough = 4000;

    private readonly Streams streams;
    private readonly IAnsiConsole data;
    private readonly IAnsiConsole talk;
    private readonly Style headingStyle;

    public Terminal(Streams streams, bool isJson, bool noColour)
    {
        this.streams = streams;
        IsJson = isJson;
        headingStyle = noColour ? Style.Plain : new Style(decoration: Decoration.Bold);
        data = ConsoleOn(streams.Out, streams.IsOutTerminal, noColour);
        talk = ConsoleOn(streams.Error, streams.IsErrorTerminal, noColour);
    }

    public bool IsJson { get; }

    /// <summary>Whether somebody sits there who could answer a question.</summary>
    public bool IsInteractive => streams.IsInputTerminal && streams.IsErrorTerminal;

    /// <summary>One JSON document on STDOUT: indented on a terminal, on one line otherwise.</summary>
    public void Json<T>(T value) =>
        streams.Out.WriteLine(JsonSerializer.Serialize(value, streams.IsOutTerminal ? LedgerJson.Indented : LedgerJson.Options));

    /// <summary>One JSON document on one line of STDOUT, wherever that goes.</summary>
    public void JsonLine<T>(T value) => streams.Out.WriteLine(JsonSerializer.Serialize(value, LedgerJson.Options));

    /// <summary>Text on STDOUT as it is; on a terminal, without what could steer it.</summary>
    public void Text(string text) => streams.Out.Write(streams.IsOutTerminal ? Harmless(text) : text);

    public void Data(DataTable table)
    {
        var heading = true;
        foreach (var line in table.Lines(streams.IsOutTerminal ? data.Profile.Width - 1 : null))
        {
            DataLine(line, heading ? headingStyle : Style.Plain);
            heading = false;
        }
    }

    /// <summary>A line on STDOUT, coloured where there are colours. Nothing is cut or broken.</summary>
    public void DataLine(string line, Style style)
    {
        if (streams.IsOutTerminal) WriteUnbroken(data, line, style);
        else streams.Out.WriteLine(line);
    }

    /// <summary>A line on STDERR.</summary>
    public void Say(string line) => WriteUnbroken(talk, line, Style.Plain);

    /// <summary>A line on STDERR about something that went wrong.</summary>
    public void Complain(string line) => WriteUnbroken(talk, line, new Style(Color.Red));

    public bool Confirm(string question) => talk.Prompt(new ConfirmationPrompt(Markup.Escape(question)) { DefaultValue = false });

    /// <summary>Runs something that takes a while, with a bar on a terminal and a line now and then elsewhere.</summary>
    public Task<T> WithProgressAsync<T>(string what, TimeProvider time, Func<IProgressMeter, Task<T>> work) =>
        streams.IsErrorTerminal ? ProgressBar.RunAsync(talk, what, work) : ProgressLines.RunAsync(this, what, time, work);

    /// <summary>Text from outside may hold escape sequences that steer a terminal: control characters are made visible.</summary>
    public static string Harmless(string text)
    {
        if (!text.Any(IsSteering)) return text;
        var shown = new StringBuilder(text.Length);
        foreach (var c in text) shown.Append(!IsSteering(c) ? c : c < ' ' ? (char)('\u2400' + c) : '\uFFFD');
        return shown.ToString();
    }

    // The last two ranges turn the direction of writing, which can show a text as another than it is.
    private static bool IsSteering(char c) =>
        (char.IsControl(c) && c is not ('\n' or '\t' or '\r')) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    // A command to copy must not be broken in two, so it is for the terminal to wrap a line.
    private static void WriteUnbroken(IAnsiConsole console, string line, Style style)
    {
        var width = console.Profile.Width;
        console.Profile.Width = WideEnough;
        console.Write(new Text(Harmless(line) + "\n", style));
        console.Profile.Width = width;
    }

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool isTerminal, bool noColour)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal && !noColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new ConsoleWriter(writer, isTerminal),
        });
        if (!isTerminal) console.Profile.Width = WideEnough;
        return console;
    }

    // Spectre takes only the process's own Console.Out and Console.Error for terminals; ours wrap the same files.
    private sealed class ConsoleWriter(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
    {
        private const int UsualWidth = 80;
        private const int UsualHeight = 24;

        public TextWriter Writer => writer;
        public bool IsTerminal => isTerminal;
        public int Width => isTerminal ? Measured(() => System.Console.BufferWidth, UsualWidth) : WideEnough;
        public int Height => isTerminal ? Measured(() => System.Console.WindowHeight, UsualHeight) : UsualHeight;

        public void SetEncoding(Encoding encoding) { }

        private static int Measured(Func<int> measure, int usual)
        {
            try
            {
                return measure() is > 0 and var size ? size : usual;
            }
            catch (IOException)
            {
                return usual;
            }
        }
    }
}
