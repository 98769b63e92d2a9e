using System.Buffers;
using System.Globalization;
using System.Text;
using Pipeline.Domain.Unicode;

namespace Pipeline.Infra.Packages;

/// <summary>Names from a package or an archive, before they become names on some machine. What is dangerous on any system is refused on every
/// one, so that a package is either safe everywhere or nowhere.</summary>
public static class PackagePaths
{
    public const int Longest = 240;

    /// <summary>Folders and file together.</summary>
    public const int Deepest = 16;

    // Of one name, in bytes: what file systems take.
    private const int LongestName = 255;
    private const int MostShown = 80;

    private static readonly SearchValues<char> NotOnWindows = SearchValues.Create(":*?\"<>|");
    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <summary>Why a path must not be written, and what to do about it; null if it may: only plain names, one below the other, stay inside their folder.</summary>
    public static string? Fault(string path)
    {
        if (path.Length is 0 or > Longest) return $"{Shown(path)}: a path has 1 to {Longest} characters";
        if (path.Any(IsUnseen) || path.EnumerateRunes().Any(c => c == Rune.ReplacementChar)) return $"{Shown(path)} has a control character or one that is not seen in it: rename the file";
        if (path.Contains('\\', StringComparison.Ordinal)) return $"{Shown(path)} has a backslash in it: folders are separated by /";
        if (path.AsSpan().ContainsAny(NotOnWindows)) return $"{Shown(path)} has a colon or another character in it that Windows does not take (* ? \" < > |): rename the file";
        var parts = path.Split('/');
        if (Array.Exists(parts, part => part is "" or "." or "..")) return $"{Shown(path)} is absolute or leads out of the package: use a path below its folder";
        if (Array.Exists(parts, part => part[^1] is '.' or ' ')) return $"{Shown(path)}: a part of it ends in a dot or a space, which Windows drops: rename it";
        if (Array.Exists(parts, IsDevice)) return $"{Shown(path)} has the name of a device of Windows in it (CON, NUL, COM1 ...): rename it";
        if (parts.Length > Deepest) return $"{Shown(path)} lies deeper than {Deepest} levels: move it up";
        return Array.Exists(parts, part => Encoding.UTF8.GetByteCount(part) > LongestName) ? $"{Shown(path)}: a name in it is longer than {LongestName} bytes: shorten it" : null;
    }

    /// <summary>Two paths that are one file on some system, by case or by how a letter is spelled, or a file that is a folder too; null where there are none.</summary>
    public static string? Collision(IEnumerable<string> paths)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in paths)
            if (!known.TryAdd(NormalForm.FileName(path), path))
                return $"{Shown(known[NormalForm.FileName(path)])} and {Shown(path)} are one path where case or spelling of letters makes no difference: rename one of them";
        foreach (var (spelled, path) in known)
            for (var at = spelled.LastIndexOf('/'); at > 0; at = spelled.LastIndexOf('/', at - 1))
                if (known.TryGetValue(spelled[..at], out var file)) return $"{Shown(file)} is a file and a folder at once, of {Shown(path)}: rename one of them";
        return null;
    }

    /// <summary>A path fit to be shown: short, and without what a terminal or an event could not have.</summary>
    public static string Shown(string path)
    {
        var text = new StringBuilder("'");
        foreach (var rune in path.EnumerateRunes())
        {
            if (text.Length > MostShown) return text.Append("…'").ToString();
            if (rune.IsBmp && IsUnseen((char)rune.Value)) text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            else text.Append(rune);
        }
        return text.Append('\'').ToString();
    }

    // What is not seen (format) or is half a character makes two paths look like one, or become one when they are written.
    private static bool IsUnseen(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator;

    // With any ending: NUL.txt is the device too.
    private static bool IsDevice(string part)
    {
        var name = part.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
        return Devices.Contains(name, StringComparer.Ordinal)
            || (name.Length == 4 && (name.StartsWith("COM", StringComparison.Ordinal) || name.StartsWith("LPT", StringComparison.Ordinal)) && name[3] is (>= '1' and <= '9') or '¹' or '²' or '³');
    }
}
