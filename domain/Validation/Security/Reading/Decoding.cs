using System.Buffers;
using System.IO.Compression;
using System.Text;
using Pipeline.Domain.Validation.Security.Measures;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Undoes what hides a text from its readers: encodings, escapes, concatenations, reversal, rotation.</summary>
/// <remarks>Each character is looked at a fixed number of times, and what comes out is bounded by a budget that is shared by all of a file.</remarks>
internal sealed class Decoding(SecurityLimits limits, int sourceLength)
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> Base32Digits = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");

    private const int ShortestToken = 16;
    private const double Readable = 0.92;

    // By chance, random bytes are readable for so long once in a hundred million.
    private const int ShortestRun = 18;

    // What it costs to try, in characters of the budget.
    private const int UnpackingCost = 4096;

    private const int ShortestCarried = 64;
    private const int DeepestIndent = 16;
    private static readonly char[] Separators = ['+', '/', '-', '_', '\n'];

    private long budget = (4L * sourceLength) + limits.DecodedBytes;

    /// <summary>Whether something was left undecoded for want of budget or depth.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>What is no text and was encoded as one: archives and programs, each kind once.</summary>
    public HashSet<(string Measure, string Kind)> Carried { get; } = [];

    /// <summary>What is hidden in a text, and in what is hidden there.</summary>
    public IEnumerable<Layer> Of(Layer layer, int depth = 0)
    {
        foreach (var decoded in Once(layer))
        {
            if ((budget -= decoded.Text.Length) < 0 || depth >= limits.Depth)
            {
                IsExhausted = true;
                yield break;
            }
            yield return decoded;
            foreach (var inner in Of(decoded, depth + 1)) yield return inner;
        }
    }

    private IEnumerable<Layer> Once(Layer layer) => Tokens(layer)
        .Concat(Changed(layer, Escapes.Undo(layer.Text), TextContext.Decoded))
        .Concat(Changed(layer, Concatenation.Undo(layer.Text), layer.Context))
        .Concat(layer.Context == TextContext.Decoded ? [] : Turned(layer));

    private static IEnumerable<Layer> Changed(Layer layer, (string Text, int[] Indexes)? undone, TextContext context) =>
        undone is { } changed ? [layer.Part(context, changed.Text, changed.Indexes)] : [];

    // Reversed or rotated by 13, what a command needs shows itself.
    private static IEnumerable<Layer> Turned(Layer layer)
    {
        string[] reversed = ["//:ptth", "//:sptth", "hsab/nib", "| lruc", "snoitcurtsni suoiverp", "metsys.so", "lave"];
        string[] rotated = ["uggc://", "uggcf://", "phey -", "/ova/onfu", "vtaber cerivbhf", "vzcbeg bf", "bf.flfgrz", "cerivbhf vafgehpgvbaf", "qvfertneq"];
        if (Array.Exists(reversed, r => layer.Text.Contains(r, StringComparison.OrdinalIgnoreCase)))
        {
            var characters = layer.Text.ToCharArray();
            Array.Reverse(characters);
            yield return layer.Part(TextContext.Decoded, new(characters), [.. Enumerable.Range(0, characters.Length).Reverse()]);
        }
        if (Array.Exists(rotated, r => layer.Text.Contains(r, StringComparison.OrdinalIgnoreCase)))
            yield return layer.Part(TextContext.Decoded, string.Create(layer.Text.Length, layer.Text, (span, text) =>
            {
                for (var i = 0; i < span.Length; i++) span[i] = Rotated(text[i]);
            }), [.. Enumerable.Range(0, layer.Text.Length)]);
    }

    private static char Rotated(char c) => char.IsAsciiLetterLower(c) ? (char)('a' + ((c - 'a' + 13) % 26)) : char.IsAsciiLetterUpper(c) ? (char)('A' + ((c - 'A' + 13) % 26)) : c;

    private IEnumerable<Layer> Tokens(Layer layer)
    {
        var text = layer.Text;
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsTokenCharacter(text[i])) continue;
            var start = i;
            var token = Token(text, ref i);
            if (token.Length < ShortestToken) continue;
            foreach (var decoded in Decoded(token)) yield return new(layer.Source, TextContext.Decoded, Folding.Fold(decoded).Text, null, layer.OriginOf(start));
        }
    }

    // As a whole, or else in pieces, or else from each of the four places where a group may begin: what stands before it is not part of it.
    private IEnumerable<string> Decoded(string token)
    {
        var joined = token.Replace("\n", "", StringComparison.Ordinal);
        if (Whole(joined) is { } whole) return [whole];
        var pieces = token.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Where(p => p.Length >= ShortestToken && p.Length < token.Length).Select(Whole).OfType<string>().ToList();
        return pieces.Count > 0 ? pieces : Enumerable.Range(0, 4).SelectMany(skip => Runs(joined, skip));
    }

    private string? Whole(string token)
    {
        foreach (var bytes in new[] { Hexadecimal(token), Base64(token), Base32(token) })
            if (bytes is { Length: > 0 } && AsText(bytes) is { } text) return text;
        return null;
    }

    private static IEnumerable<string> Runs(string token, int skip)
    {
        if (Base64(token[skip..(token.Length - ((token.Length - skip) % 4 == 1 ? 1 : 0))]) is not { } bytes) yield break;
        var start = 0;
        for (var i = 0; i <= bytes.Length; i++)
        {
            if (i < bytes.Length && IsReadable(bytes[i])) continue;
            if (i - start >= ShortestRun) yield return Encoding.ASCII.GetString(bytes, start, i - start);
            start = i + 1;
        }
    }

    // A long token is often wrapped: its lines are one, and each may be one of its own.
    private static string Token(string text, ref int i)
    {
        var (token, line) = (new StringBuilder(), 0);
        for (; i < text.Length; i++)
        {
            if (IsTokenCharacter(text[i]))
            {
                token.Append(text[i]);
                line++;
            }
            else if (text[i] == '\n' && line >= ShortestToken && Continued(text, i + 1) is var next and > 0)
            {
                token.Append('\n');
                (i, line) = (next - 1, 0);
            }
            else
            {
                break;
            }
        }
        return token.ToString();
    }

    /// <returns>Where the next line goes on, behind its indentation; 0 where it does not.</returns>
    private static int Continued(string text, int at)
    {
        var from = at;
        while (at < text.Length && at - from < DeepestIndent && text[at] is ' ' or '\t') at++;
        return at < text.Length && IsTokenCharacter(text[at]) ? at : 0;
    }

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_';

    private static byte[]? Hexadecimal(string token)
    {
        var digits = token.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? token.AsSpan(2) : token;
        return digits.Length % 2 == 0 && !digits.ContainsAnyExcept(HexDigits) ? Convert.FromHexString(digits) : null;
    }

    private static byte[]? Base64(string token)
    {
        var body = token.Replace('-', '+').Replace('_', '/');
        if (body.Length % 4 == 1) return null;
        var bytes = new byte[body.Length];
        return Convert.TryFromBase64String(body + new string('=', (4 - (body.Length % 4)) % 4), bytes, out var length) ? bytes[..length] : null;
    }

    private static byte[]? Base32(string token)
    {
        var body = token.AsSpan();
        if (body.ContainsAnyExcept(Base32Digits)) return null;
        var (bytes, bits, held) = (new List<byte>(), 0, 0);
        foreach (var c in body)
        {
            bits = ((bits << 5) | (c >= 'A' ? c - 'A' : c - '2' + 26)) & 0xFFF;
            held += 5;
            if (held < 8) continue;
            held -= 8;
            bytes.Add((byte)(bits >> held));
        }
        return [.. bytes];
    }

    // Compressed before it was encoded, or in UTF-16 as PowerShell wants it.
    private string? Unpacked(byte[] bytes)
    {
        if ((budget -= UnpackingCost) < 0)
        {
            IsExhausted = true;
            return null;
        }
        try
        {
            using var packed = new MemoryStream(bytes);
            using Stream unpacking = bytes is [0x1F, 0x8B, ..] ? new GZipStream(packed, CompressionMode.Decompress) : new ZLibStream(packed, CompressionMode.Decompress);
            using var unpacked = new MemoryStream();
            var most = Math.Min(limits.DecodedBytes, budget);
            var piece = new byte[4096];
            for (int read; unpacked.Length < most && (read = unpacking.Read(piece, 0, (int)Math.Min(piece.Length, most - unpacked.Length))) > 0;) unpacked.Write(piece, 0, read);
            if (unpacked.Length >= most) IsExhausted = true;
            return Read(unpacked.ToArray());
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private string? AsText(byte[] bytes) => bytes is [0x1F, 0x8B, ..] or [0x78, 0x01 or 0x5E or 0x9C or 0xDA, ..] ? Unpacked(bytes) : Read(bytes);

    private string? Read(byte[] bytes)
    {
        if (Plain(bytes) is { } text) return text;
        if (bytes.Length >= ShortestCarried && Unpacking.ArchiveKind(bytes) is { } archive) Carried.Add((SecurityMeasures.UnreadableArchive, $"{archive}, encoded in a text"));
        if (bytes.Length >= ShortestCarried && BinaryMeasures.Program(bytes) is { } program) Carried.Add((SecurityMeasures.Executable, $"{program}, encoded in a text"));
        return null;
    }

    private static bool IsReadable(byte b) => b is (>= 0x20 and < 0x7F) or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private static string? Plain(byte[] bytes)
    {
        if (bytes.Length >= 8 && bytes.Length % 2 == 0 && bytes.Where((_, i) => i % 2 == 1).All(b => b == 0)) return Encoding.Unicode.GetString(bytes);
        return bytes.Count(IsReadable) >= bytes.Length * Readable ? Encoding.UTF8.GetString(bytes) : null;
    }
}
