using System.Buffers;
using System.IO.Compression;
using System.Text;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Undoes what hides a text from its readers: encodings, escapes, concatenations, reversal, rotation.</summary>
/// <remarks>Each character is looked at a fixed number of times, and what comes out is bounded by a budget that is shared by all of a file.</remarks>
internal sealed class Decoding(SecurityLimits limits, int sourceLength)
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> Base32Digits = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");

    private const int ShortestToken = 16;
    private const double Readable = 0.92;

    private long budget = (4L * sourceLength) + limits.DecodedBytes;

    /// <summary>Whether something was left undecoded for want of budget or depth.</summary>
    public bool IsExhausted { get; private set; }

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
            foreach (var read in new[] { Hexadecimal(token), Base64(token), Base32(token) })
                if (read is { Length: > 0 } && AsText(read) is { } decoded)
                {
                    yield return new(layer.Source, TextContext.Decoded, Folding.Fold(decoded).Text, null, layer.OriginOf(start));
                    break;
                }
        }
    }

    // A long token is often wrapped: its lines are one.
    private static string Token(string text, ref int i)
    {
        var (token, lineStart) = (new StringBuilder(), i);
        for (; i < text.Length; i++)
        {
            if (IsTokenCharacter(text[i])) token.Append(text[i]);
            else if (text[i] == '\n' && i - lineStart is >= 60 and <= 100 && i + 1 < text.Length && IsTokenCharacter(text[i + 1])) lineStart = i + 1;
            else break;
        }
        return token.ToString();
    }

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=' or '-' or '_';

    private static byte[]? Hexadecimal(string token)
    {
        var digits = token.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? token.AsSpan(2) : token;
        return digits.Length % 2 == 0 && !digits.ContainsAnyExcept(HexDigits) ? Convert.FromHexString(digits) : null;
    }

    private static byte[]? Base64(string token)
    {
        var body = token.Trim('=').Replace('-', '+').Replace('_', '/');
        if (body.Contains('=', StringComparison.Ordinal) || body.Length % 4 == 1) return null;
        var bytes = new byte[body.Length];
        return Convert.TryFromBase64String(body + new string('=', (4 - (body.Length % 4)) % 4), bytes, out var length) ? bytes[..length] : null;
    }

    private static byte[]? Base32(string token)
    {
        var body = token.AsSpan().TrimEnd('=');
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
        try
        {
            using var packed = new MemoryStream(bytes);
            using Stream unpacking = bytes is [0x1F, 0x8B, ..] ? new GZipStream(packed, CompressionMode.Decompress) : new ZLibStream(packed, CompressionMode.Decompress);
            var unpacked = new byte[(int)Math.Min(limits.DecodedBytes, Math.Max(0, budget))];
            var length = unpacking.ReadAtLeast(unpacked, unpacked.Length, throwOnEndOfStream: false);
            if (length == unpacked.Length) IsExhausted = true;
            return Plain(unpacked[..length]);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private string? AsText(byte[] bytes) => bytes is [0x1F, 0x8B, ..] or [0x78, 0x01 or 0x5E or 0x9C or 0xDA, ..] ? Unpacked(bytes) : Plain(bytes);

    private static string? Plain(byte[] bytes)
    {
        if (bytes.Length >= 8 && bytes.Length % 2 == 0 && bytes.Where((_, i) => i % 2 == 1).All(b => b == 0)) return Encoding.Unicode.GetString(bytes);
        var readable = bytes.Count(b => b is (>= 0x20 and < 0x7F) or (byte)'\n' or (byte)'\r' or (byte)'\t');
        return readable >= bytes.Length * Readable ? Encoding.UTF8.GetString(bytes) : null;
    }
}
