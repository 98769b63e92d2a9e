using System.Text;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security.Measures;

/// <summary>What the bytes of a file say against its name.</summary>
internal static class BinaryMeasures
{
    private const double Random = 7.2;

    public static IEnumerable<FileFact> Of(UnpackedFile file, FileText read)
    {
        var (content, path, isText) = (file.Content, file.Path, read.Text is not null);
        if (file.Mode is "120000" or "160000") yield return new(SecurityMeasures.Link, path, Encoding.UTF8.GetString(content.AsSpan(0, Math.Min(content.Length, 120))));
        if (Program(content) is { } program) yield return new(SecurityMeasures.Executable, path, program);
        else if (Serialized(content, path)) yield return new(SecurityMeasures.Serialized, path, "serialized objects");
        if (!isText && FileKinds.IsTextByName(path)) yield return new(SecurityMeasures.Disguised, path, "binary under the name of a text");
        else if (read is { Text: not null, Other: null } && (FileText.IsProgram(content) || FileKinds.IsTextByName(path)) && content.AsSpan().Contains((byte)0)) yield return new(SecurityMeasures.Disguised, path, "text with zeros");
        else if (!read.IsValid && isText) yield return new(SecurityMeasures.InvalidText, path, "no valid UTF-8");
        if (Appended(content) is { } appended) yield return new(SecurityMeasures.Polyglot, path, appended);
        if (!isText && Unpacking.ArchiveKind(content) is null && !IsMedia(content) && Program(content) is null && Entropy(content) > Random)
            yield return new(SecurityMeasures.OpaqueBinary, path, "no known format, and as if random");
    }

    /// <summary>What kind of program the bytes are, by their first ones; null where they are none.</summary>
    public static string? Program(ReadOnlySpan<byte> content) => content switch
    {
        [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] => "ELF program",
        [(byte)'M', (byte)'Z', ..] when content.Length > 64 && content[2..].Contains((byte)0) => "Windows program",
        [0xFE, 0xED, 0xFA, 0xCE or 0xCF, ..] or [0xCE or 0xCF, 0xFA, 0xED, 0xFE, ..] or [0xCA, 0xFE, 0xBA, 0xBE, ..] => "Mach-O or Java program",
        [0, (byte)'a', (byte)'s', (byte)'m', ..] => "WebAssembly",
        [_, _, 0x0D, 0x0A, 0, 0, 0, 0, ..] or [_, _, 0x0D, 0x0A, >= 0 and <= 3, 0, 0, 0, ..] => "Python bytecode",
        [0x4C, 0, 0, 0, 1, 0x14, 2, 0, ..] => "Windows shortcut",
        [0xD0, 0xCF, 0x11, 0xE0, ..] => "old Office document or installer",
        [(byte)'d', (byte)'e', (byte)'x', (byte)'\n', ..] => "Android program",
        _ => null,
    };

    private static bool Serialized(ReadOnlySpan<byte> content, string path) =>
        (content is [0x80, >= 2 and <= 5, ..] && content.Length > 4 && content[^1] == (byte)'.') || content is [0xAC, 0xED, 0, 5, ..]
        || FileKinds.ExtensionOf(path) is "pkl" or "pickle" or "joblib" or "pt" or "pth";

    private static bool IsMedia(ReadOnlySpan<byte> content) =>
        content is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..] or [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] or [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..]
            or [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] or [(byte)'w', (byte)'O', (byte)'F', (byte)'F' or (byte)'2', ..] or [(byte)'O', (byte)'T', (byte)'T', (byte)'O', ..]
            or [0, 1, 0, 0, 0, ..] or [0, 0, 1, 0, ..] or [(byte)'I', (byte)'D', (byte)'3', ..] or [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] or [(byte)'f', (byte)'L', (byte)'a', (byte)'C', ..]
            or [(byte)'S', (byte)'Q', (byte)'L', (byte)'i', ..] or [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] or [0x1A, 0x45, 0xDF, 0xA3, ..]
        || (content.Length > 12 && content[4..8].SequenceEqual("ftyp"u8));

    // Two formats in one file: what looks at the first does not see the second.
    private static string? Appended(ReadOnlySpan<byte> content)
    {
        var end = content switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => After(content, "IEND"u8, 8),
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => Last(content, [0x00, 0x3B], 2),
            [0xFF, 0xD8, 0xFF, ..] => Last(content, [0xFF, 0xD9], 2),
            [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => Last(content, "%%EOF"u8, 7),
            _ => -1,
        };
        if (end >= 0 && end < content.Length && content[end..].IndexOfAnyExcept("\0\r\n "u8) >= 0) return $"{content.Length - end} bytes behind its end";
        return Unpacking.ArchiveKind(content) is null && content.Length > 22 && content[Math.Max(0, content.Length - 66_000)..].IndexOf("PK\u0005\u0006"u8) >= 0
            ? "an archive at the end of another format" : null;
    }

    private static int After(ReadOnlySpan<byte> content, ReadOnlySpan<byte> mark, int length) => content.IndexOf(mark) is var at and >= 0 ? at + length : -1;

    private static int Last(ReadOnlySpan<byte> content, ReadOnlySpan<byte> mark, int length) => content.LastIndexOf(mark) is var at and >= 0 ? at + length : -1;

    /// <summary>Bits of information in a byte (Shannon), from 0 to 8.</summary>
    public static double Entropy(ReadOnlySpan<byte> content)
    {
        if (content.Length < 256) return 0;
        Span<int> counts = stackalloc int[256];
        foreach (var b in content) counts[b]++;
        var entropy = 0.0;
        foreach (var count in counts)
            if (count > 0) entropy -= (double)count / content.Length * Math.Log2((double)count / content.Length);
        return entropy;
    }
}
