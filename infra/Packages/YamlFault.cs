using System.Globalization;
using YamlDotNet.Core;

namespace Pipeline.Infra.Packages;

/// <summary>What is wrong with a YAML text, and where, as readers of the PyYAML family word it: context, its place, problem, its place.</summary>
/// <param name="Line">Of the text, from 1; null where it is about the whole.</param>
internal sealed record YamlFault(string Message, int? Line)
{
    private const string Source = "<unicode string>";

    // Of the line shown, to either side of the place.
    private const int MostShown = 36;
    private const string Cut = " ... ";

    public static YamlFault Of(string message) => new(message, null);

    /// <param name="at">UTF-16 units from the start.</param>
    public static YamlFault At(string problem, string yaml, long at) => new($"{problem}\n{Place(yaml, at, out var line)}", line);

    public static YamlFault Between(string context, string problem, string yaml, long first, long second) =>
        new($"{context}\n{Place(yaml, first, out var line)}\n{problem}\n{Place(yaml, second, out _)}", line);

    public static YamlFault Of(YamlException broken, string yaml) => At(broken.Message.TrimEnd('.') switch
    {
        "Mapping values are not allowed in this context" or "While scanning a plain scalar value, found invalid mapping"
            or "While scanning a multiline plain scalar, found invalid mapping" => "mapping values are not allowed here",
        "Block sequence entries are not allowed in this context" => "sequence entries are not allowed here",
        var other => char.ToLowerInvariant(other[0]) + other[1..],
    }, yaml, broken.Start.Index);

    private static string Place(string yaml, long index, out int line)
    {
        var at = (int)Math.Clamp(index, 0, yaml.Length);
        line = yaml.AsSpan(0, at).Count('\n') + 1;
        var start = at == 0 ? 0 : yaml.LastIndexOf('\n', at - 1) + 1;
        var end = yaml.IndexOf('\n', at) is >= 0 and var found ? found : yaml.Length;
        var before = Characters(yaml[start..at]);
        var after = Characters(yaml[at..end]);
        var column = before.Count + 1;
        var (head, tail) = (before.Count > MostShown ? Cut : "", after.Count > MostShown ? Cut : "");
        if (head.Length > 0) before = before[^(MostShown + 1 - Cut.Length)..];
        if (tail.Length > 0) after = after[..(MostShown + 1 - Cut.Length)];
        var shown = $"{head}{string.Concat(before)}{string.Concat(after)}{tail}";
        var pointer = new string(' ', head.Length + before.Count);
        return string.Create(CultureInfo.InvariantCulture, $"  in \"{Source}\", line {line}, column {column}:\n    {shown}\n    {pointer}^ (line: {line})");
    }

    private static List<string> Characters(string text) => [.. text.EnumerateRunes().Select(r => r.ToString())];
}
