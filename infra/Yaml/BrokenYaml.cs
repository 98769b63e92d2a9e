using System.Text.RegularExpressions;
using YamlDotNet.Core;

namespace Pipeline.Infra.Yaml;

/// <summary>What YamlDotNet throws at broken text: mostly its own exception, and on some texts what its scanner ran into.</summary>
internal static partial class BrokenYaml
{
    public static bool Is(Exception e) =>
        e is YamlException or InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException or EndOfStreamException;

    /// <param name="line">Where reading stopped; null: not known, and the line is the one where began what was being read.</param>
    public static string Reason(Exception e, long? line = null) => e is YamlException yaml ? $"line {line ?? yaml.Start.Line}: {InWords(yaml)}" : "it is no YAML";

    // Its words are about .NET's types; whoever writes a file wants to know what is wrong with the file.
    private static string InWords(YamlException e)
    {
        var said = e.InnerException?.Message ?? e.Message;
        if (UnknownKey().Match(said) is { Success: true } unknown) return $"there is no key '{unknown.Groups["key"].Value}'";
        if (e.InnerException is OverflowException) return "a number that is too large";
        return said.Contains("node deserializer", StringComparison.Ordinal) ? "a value of another kind than its key takes" : said;
    }

    [GeneratedRegex("^Property '(?<key>[^']*)' not found on type", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex UnknownKey();
}
