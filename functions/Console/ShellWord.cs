namespace Pipeline.Functions.Console;

/// <summary>Commands to copy: what stands in them was named by others, and a shell must not run it.</summary>
internal static class ShellWord
{
    /// <summary>As it is where it is plain, else in single quotes.</summary>
    public static string Of(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@')
        && text[0] != '-' ? text : $"'{ShownText.Plain(text).Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
