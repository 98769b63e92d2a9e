using System.Text;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>The bytes of a file as text, in each way that a program may read them.</summary>
/// <param name="Text">Null where it is binary. Invalid UTF-8 is read as Latin-1, so that nothing of it is lost.</param>
/// <param name="Other">As a shell reads it that knows nothing of the mark of UTF-16 or UTF-32 at its head; null where there is none.</param>
/// <param name="IsValid">Whether it is the UTF-8 (or UTF-16 or UTF-32 with a mark) that a text should be.</param>
internal sealed record FileText(string? Text, string? Other, bool IsValid)
{
    // Of a hundred bytes of a text, no more are none that it should have.
    private const int OddPercent = 2;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static FileText Of(byte[] content)
    {
        if (Marked(content) is { } encoding)
        {
            var mark = encoding.GetPreamble().Length;
            return new(encoding.GetString(content, mark, content.Length - mark), Encoding.Latin1.GetString(content), IsValidIn(encoding, content.AsSpan(mark)));
        }
        if (!content.AsSpan().Contains((byte)0) && Utf8(content) is { } text) return new(text.TrimStart('\uFEFF'), null, true);
        // A shell leaves out what is no text, and runs the rest.
        return IsProgram(content) || Odd(content) * 100L <= content.Length * (long)OddPercent ? new(Encoding.Latin1.GetString(content), null, false) : new(null, null, false);
    }

    /// <summary>Whether it names the program that is to run it, whatever follows.</summary>
    public static bool IsProgram(ReadOnlySpan<byte> content) => content.StartsWith("#!"u8);

    // The longer mark begins with the shorter one.
    private static Encoding? Marked(ReadOnlySpan<byte> content) => content switch
    {
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
        [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        [0xFF, 0xFE, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    private static bool IsValidIn(Encoding encoding, ReadOnlySpan<byte> content)
    {
        var strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        try
        {
            strict.GetCharCount(content);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static string? Utf8(byte[] content)
    {
        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static int Odd(byte[] content) => content.Count(b => b is < 0x20 and not ((byte)'\n' or (byte)'\r' or (byte)'\t' or 0x0C));

    /// <summary>Readable runs in a binary file, a line each: of bytes, and of every second byte (UTF-16), from the first and from the second on.</summary>
    public static string StringsOf(byte[] content)
    {
        var text = new StringBuilder();
        foreach (var (from, step) in new[] { (0, 1), (0, 2), (1, 2) }) Runs(content, from, step, text);
        return text.ToString();
    }

    private static void Runs(byte[] content, int from, int step, StringBuilder text)
    {
        const int shortest = 6;
        var run = 0;
        for (var i = from; i < content.Length; i += step)
        {
            if (content[i] is >= 0x20 and < 0x7F && (step == 1 || (i + 1 < content.Length && content[i + 1] == 0)))
            {
                text.Append((char)content[i]);
                run++;
                continue;
            }
            if (run < shortest) text.Length -= run;
            else text.Append('\n');
            run = 0;
        }
        if (run > 0) text.Append('\n');
    }
}
