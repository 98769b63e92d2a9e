using System.Text.RegularExpressions;

namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>What a simple command runs: <c>sudo -u x /usr/bin/git -C dir commit -m y</c> is <c>git commit</c>.</summary>
/// <param name="Name">The program, with its subcommand where it has those; empty where nothing is run.</param>
/// <param name="Program">The program alone.</param>
/// <param name="Words">The command's words from the program on.</param>
public sealed partial record CommandHead(string Name, string Program, IReadOnlyList<string> Words)
{
    public static CommandHead None { get; } = new("", "", []);

    private const int LongestName = 40;

    /// <summary>Arguments that are no option.</summary>
    public IEnumerable<string> Operands => Words.Skip(1).Where(w => w.Length > 0 && w[0] != '-');

    public bool Has(params ReadOnlySpan<string> options)
    {
        foreach (var word in Words.Skip(1))
            if (options.Contains(word)) return true;
        return false;
    }

    public static CommandHead Of(IReadOnlyList<string> words)
    {
        var at = 0;
        while (at < words.Count)
        {
            var word = words[at];
            if (Assignment().IsMatch(word) || CommandWords.Reserved.Contains(word)) at++;
            else if (word is "for" or "case" or "select" or "function") return None;
            else if (CommandWords.Prefixes.Contains(ProgramOf(word))) at = AfterPrefix(words, at);
            else break;
        }
        if (at >= words.Count) return None;
        var program = ProgramOf(words[at]);
        if (!Plausible().IsMatch(program)) return None;
        var own = words.Skip(at).ToArray();
        if (program == "python" && Array.IndexOf(own, "-m") is > 0 and var m && m + 1 < own.Length && Plausible().IsMatch(own[m + 1])) return OfModule(own[(m + 1)..]);
        if (Runner(program, own) is { } run) return Of(own[run..]);
        var sub = SubcommandOf(program, own);
        return new(sub.Length > 0 ? $"{program} {sub}" : program, program, own);
    }

    private static CommandHead OfModule(string[] own)
    {
        var module = own[0];
        var sub = SubcommandOf(module, own);
        return new(sub.Length > 0 ? $"{module} {sub}" : module, module, own);
    }

    // npx eslint, uv run pytest, poetry run pytest, bundle exec rspec: the program is the one that follows.
    private static int? Runner(string program, string[] own)
    {
        var from = (program, own.ElementAtOrDefault(1)) switch
        {
            ("npx" or "bunx" or "pnpx" or "uvx" or "pipx", _) => 1,
            ("uv" or "poetry" or "pipenv" or "rye" or "hatch" or "pdm", "run") => 2,
            ("bundle" or "dotnet" or "pnpm" or "yarn", "exec") => 2,
            _ => 0,
        };
        if (from == 0) return null;
        while (from < own.Length && own[from].StartsWith('-')) from++;
        return from < own.Length ? from : null;
    }

    private static int AfterPrefix(IReadOnlyList<string> words, int at)
    {
        var prefix = ProgramOf(words[at++]);
        // These take one value before the command: timeout 30 make, nice -n 5 make, sudo -u x make.
        if (prefix == "timeout") at = SkipOptions(words, at, "") + 1;
        return SkipOptions(words, at, prefix switch { "sudo" => "ughpCD", "nice" => "n", "xargs" => "nIPdLsEa", "env" => "uSC", "ionice" => "cn", "exec" => "a", _ => "" });
    }

    private static int SkipOptions(IReadOnlyList<string> words, int at, string withValue)
    {
        while (at < words.Count && words[at].StartsWith('-') && words[at].Length > 1)
            at += words[at].Length == 2 && withValue.Contains(words[at][1], StringComparison.Ordinal) ? 2 : 1;
        return at;
    }

    // Known to have subcommands; or not known at all, and the next word looks like one.
    private static string SubcommandOf(string program, string[] own)
    {
        if (CommandWords.HaveNoSubcommand.Contains(program)) return "";
        var known = CommandWords.HaveSubcommands.TryGetValue(program, out var withValue);
        for (var i = 1; i < own.Length; i++)
        {
            if (own[i].StartsWith('-'))
            {
                if (!known) return "";
                if (withValue!.Contains(own[i])) i++;
                continue;
            }
            if (!Subcommand().IsMatch(own[i])) return "";
            return own[i] == "run" && program is "npm" or "pnpm" or "yarn" && i + 1 < own.Length && Subcommand().IsMatch(own[i + 1]) ? $"run {own[i + 1]}" : own[i];
        }
        return "";
    }

    /// <summary>The program's own name: without folder, suffix of the platform, and version.</summary>
    private static string ProgramOf(string word)
    {
        var name = word[(word.LastIndexOfAny(['/', '\\']) + 1)..];
        if (name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)) name = name[..^4];
        if (name.StartsWith("python", StringComparison.Ordinal) && IsVersion(name.AsSpan(6))) return "python";
        if (name.StartsWith("pip", StringComparison.Ordinal) && IsVersion(name.AsSpan(3))) return "pip";
        return name.Length > LongestName ? name[..LongestName] : name;
    }

    private static bool IsVersion(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (!char.IsAsciiDigit(c) && c != '.') return false;
        return true;
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\+?=", RegexOptions.NonBacktracking)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.+-]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Plausible();

    [GeneratedRegex("^[a-z][a-z0-9:-]{1,30}$", RegexOptions.NonBacktracking)]
    private static partial Regex Subcommand();
}
