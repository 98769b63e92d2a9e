using System.Globalization;
using System.Text;

namespace Pipeline.Domain.Unicode;

/// <summary>The composed normal forms of Unicode Standard Annex #15. The runtime has none of its own where no ICU library is installed.</summary>
public static class NormalForm
{
    // Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Trails = 28;
    private const int Syllables = Leads * Vowels * Trails;

    private static readonly Lazy<NormalFormTable> Table = new(NormalFormTable.Load);

    /// <summary>Form C: texts that look and mean the same have one spelling.</summary>
    public static string Canonical(string text) => Ascii.IsValid(text) ? text : Composed(text, byCompatibility: false);

    /// <summary>Form KC: so do those that differ in how they are printed only, such as ligatures and full-width letters.</summary>
    public static string Compatible(string text) => Ascii.IsValid(text) ? text : Composed(text, byCompatibility: true);

    /// <summary>One spelling for all names that some file system takes for one: form KC, without regard to case.</summary>
    public static string FileName(string name) => Compatible(Compatible(name).ToUpperInvariant()).ToLowerInvariant();

    // No ASCII character changes, or joins with what stands before it: of a text with little else only that is looked at, with the character before.
    private static string Composed(string text, bool byCompatibility)
    {
        var (table, composed, characters) = (Table.Value, new StringBuilder(text.Length), new List<int>());
        for (var at = 0; at < text.Length;)
        {
            var (first, end) = NextBeyondAscii(text, at);
            composed.Append(text, at, first - at);
            characters.Clear();
            foreach (var rune in text.AsSpan(first, end - first).EnumerateRunes()) Decompose(rune.Value, byCompatibility, table, characters);
            Reorder(characters, table);
            Compose(characters, table);
            foreach (var character in characters) composed.Append(new Rune(character));
            at = end;
        }
        return composed.ToString();
    }

    private static (int First, int End) NextBeyondAscii(string text, int at)
    {
        var found = text.AsSpan(at).IndexOfAnyExceptInRange('\0', '\x7f');
        if (found < 0) return (text.Length, text.Length);
        var length = text.AsSpan(at + found).IndexOfAnyInRange('\0', '\x7f');
        return (at + Math.Max(0, found - 1), length < 0 ? text.Length : at + found + length);
    }

    private static void Decompose(int character, bool byCompatibility, NormalFormTable table, List<int> into)
    {
        if (character - SyllableBase is >= 0 and < Syllables and var syllable)
        {
            into.Add(LeadBase + syllable / (Vowels * Trails));
            into.Add(VowelBase + syllable % (Vowels * Trails) / Trails);
            if (syllable % Trails > 0) into.Add(TrailBase + syllable % Trails);
        }
        else if (table.Decomposition(character, byCompatibility) is { } parts)
        {
            foreach (var part in parts) Decompose(part, byCompatibility, table, into);
        }
        else
        {
            into.Add(character);
        }
    }

    // Marks after a character stand in the order of their classes, those of one class as they were.
    private static void Reorder(List<int> characters, NormalFormTable table)
    {
        for (var start = 0; start < characters.Count; start++)
        {
            var end = start;
            while (end < characters.Count && table.CombiningClass(characters[end]) != 0) end++;
            if (end - start > 1)
            {
                var ordered = characters.GetRange(start, end - start).OrderBy(table.CombiningClass).ToList();
                for (var i = 0; i < ordered.Count; i++) characters[start + i] = ordered[i];
            }
            start = end;
        }
    }

    private static void Compose(List<int> characters, NormalFormTable table)
    {
        var (starter, kept, before) = (-1, 0, 0);
        foreach (var character in characters.ToArray())
        {
            var mark = table.CombiningClass(character);
            var reaches = starter >= 0 && (kept == starter + 1 || (before != 0 && before < mark));
            if (reaches && Pair(characters[starter], character, table) is { } composed)
            {
                characters[starter] = composed;
                continue;
            }
            if (mark == 0) starter = kept;
            before = mark;
            characters[kept++] = character;
        }
        characters.RemoveRange(kept, characters.Count - kept);
    }

    private static int? Pair(int first, int second, NormalFormTable table)
    {
        if (first - LeadBase is >= 0 and < Leads and var lead && second - VowelBase is >= 0 and < Vowels and var vowel)
            return SyllableBase + (lead * Vowels + vowel) * Trails;
        if (first - SyllableBase is >= 0 and < Syllables and var open && open % Trails == 0 && second - TrailBase is > 0 and < Trails and var trail)
            return first + trail;
        return table.Composition(first, second);
    }
}

/// <summary>What NormalForms.txt says.</summary>
internal sealed class NormalFormTable
{
    private readonly Dictionary<int, (int[] Parts, bool Canonical)> decompositions = [];
    private readonly Dictionary<(int, int), int> compositions = [];
    private readonly Dictionary<int, int> classes = [];

    public static NormalFormTable Load()
    {
        using var text = new StreamReader(typeof(NormalFormTable).Assembly.GetManifestResourceStream("Pipeline.Domain.Unicode.NormalForms.txt")!);
        var table = new NormalFormTable();
        while (text.ReadLine() is { } line)
            if (line[0] != '#') table.Add(line);
        return table;
    }

    public int[]? Decomposition(int character, bool byCompatibility) =>
        decompositions.TryGetValue(character, out var found) && (found.Canonical || byCompatibility) ? found.Parts : null;

    public int? Composition(int first, int second) => compositions.TryGetValue((first, second), out var composed) ? composed : null;

    public int CombiningClass(int character) => classes.GetValueOrDefault(character);

    private void Add(string line)
    {
        var at = line.AsSpan().IndexOfAny("=!~:");
        if (line[at] == ':')
        {
            var range = line[..at].Split('-');
            for (var c = Number(range[0]); c <= Number(range[^1]); c++) classes[c] = int.Parse(line.AsSpan(at + 1), CultureInfo.InvariantCulture);
            return;
        }
        var (character, parts) = (Number(line[..at]), line[(at + 1)..].Split(' ').Select(Number).ToArray());
        decompositions[character] = (parts, line[at] != '~');
        if (line[at] == '=') compositions[(parts[0], parts[1])] = character;
    }

    private static int Number(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
