using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>What running text by a model may hold: words and punctuation. An address, a command, a figure or a secret's name that the
/// vocabulary does not have was made up, or put in by somebody whose text the model had read.</summary>
public static partial class ProseRules
{
    internal const string Trimmed = ".,;:!?()[]\"'*_“”‘’…–—-";
    private const string Inner = "'’-–—.,:%…";
    private const int MostSteps = 40;

    // What a skill has no business with unless the runs had.
    private static readonly FrozenSet<string> s_risky = (
        "apikey apt base64 bash bitsadmin brew certutil chmod chown cmd conceal cookie cookies credential credentials crontab curl disregard docker download downloads eval "
        + "executable exfiltrate exfiltration exec ftp git ignore ignoring iex impersonate install installer installs invoke jailbreak keychain kubectl malware mshta netcat nc "
        + "node npm npx osascript override overrides passphrase password passwords payload perl pip powershell prompt prompts pwsh python regsvr32 rm rsync ruby rundll32 "
        + "scp script scripts secret secretly secrets shell silently ssh sudo systemctl telnet terminal token tokens upload uploads webhook wget zsh").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_signs = new[] { "=", "+", "&", "→", "and/or", "e.g", "i.e", "a.m", "p.m" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The first thing that is wrong with a line outside of its code spans; null when nothing is.</summary>
    public static string? Problem(string line, Vocabulary vocabulary)
    {
        var prose = string.Join(' ', line.Split('`').Where((_, i) => i % 2 == 0));
        if (SkipsConsent().IsMatch(prose)) return "does without asking";
        var before = "";
        foreach (var raw in ListMark().Replace(prose, " ").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var token = raw.Trim([.. Trimmed]);
            if (token.Length > 0 && Problem(token, before, vocabulary) is { } problem) return $"{problem}: {Prose.Code(token)}";
            before = token;
        }
        return null;
    }

    private static string? Problem(string token, string before, Vocabulary vocabulary)
    {
        if (s_signs.Contains(token.ToLowerInvariant()) || vocabulary.Has(token)) return null;
        if (IsMixed(token)) return "mixes alphabets in a word";
        if (token.Any(c => !char.IsLetterOrDigit(c) && !Inner.Contains(c, StringComparison.Ordinal) && !char.IsSurrogate(c))) return "has signs that are no prose";
        if (Address().IsMatch(token)) return "names an address";
        var isStep = before.ToLowerInvariant() is "step" or "steps" && int.TryParse(token, System.Globalization.CultureInfo.InvariantCulture, out var step) && step <= MostSteps;
        if (!isStep && Digits().Matches(token).Any(m => !vocabulary.HasNumber(m.Value))) return "states a figure that nobody saw";
        return Letters().Matches(token).Select(m => m.Value.ToLowerInvariant()).FirstOrDefault(w => s_risky.Contains(w) && !vocabulary.HasWord(w)) is null
            ? null
            : "speaks of what no run had to do with";
    }

    // A Cyrillic letter in a Latin word looks right and is another word.
    private static bool IsMixed(string token) =>
        token.Any(char.IsAsciiLetter) && token.EnumerateRunes().Any(r => Rune.IsLetter(r) && r.Value > 0x24F);

    [GeneratedRegex(@"[\p{L}\p{Nd}][.:]\p{L}", RegexOptions.NonBacktracking)]
    private static partial Regex Address();

    [GeneratedRegex(@"\p{Nd}+", RegexOptions.NonBacktracking)]
    private static partial Regex Digits();

    [GeneratedRegex(@"\p{L}+\d*", RegexOptions.NonBacktracking)]
    private static partial Regex Letters();

    [GeneratedRegex(@"^ *(?:\d{1,2}[.)]|[-*+]) ", RegexOptions.NonBacktracking)]
    private static partial Regex ListMark();

    [GeneratedRegex(@"\b(?:no need to|not need to|unnecessary to|skip|without) (?:\w+ ){0,2}(?:ask|asking|confirm|confirming|confirmation|consent|approval|permission)\b",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex SkipsConsent();
}
