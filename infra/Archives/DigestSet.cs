using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Archives;

/// <summary>SHA-256 digests, 32 bytes each.</summary>
public sealed class DigestSet
{
    private const int Digits = 64;

    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes(Digest.Prefix);
    private static readonly SearchValues<byte> Hex = SearchValues.Create("0123456789abcdef"u8);

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly HashSet<(UInt128, UInt128)> _digests = [];

    public int Count => _digests.Count;

    /// <returns>False when the text is no digest as this program writes them, or is there already.</returns>
    public bool Add(string digest) => Read(digest) is { } read && _digests.Add(read);

    public bool Contains(string digest) => Read(digest) is { } read && _digests.Contains(read);

    public static bool IsDigest(string text) => Read(text) is not null;

    /// <summary>Everything in a text that has the form of a digest.</summary>
    /// <param name="among">Only these; null: all.</param>
    public void AddFrom(ReadOnlySpan<byte> text, DigestSet? among)
    {
        Span<byte> bytes = stackalloc byte[Digits / 2];
        for (int at; (at = text.IndexOf(Prefix)) >= 0;)
        {
            text = text[(at + Prefix.Length)..];
            if (text.Length < Digits) return;
            if (text[..Digits].IndexOfAnyExcept(Hex) >= 0 || Convert.FromHexString(text[..Digits], bytes, out _, out _) != OperationStatus.Done) continue;
            var digest = Of(bytes);
            if (among is null || among._digests.Contains(digest)) _digests.Add(digest);
        }
    }

    /// <summary>In ordinal order.</summary>
    public IEnumerable<string> Ordered() => _digests.Order().Select(d => $"{Digest.Prefix}{d.Item1:x32}{d.Item2:x32}");

    private static (UInt128, UInt128)? Read(string digest) =>
        digest.Length == Digest.Prefix.Length + Digits && digest.StartsWith(Digest.Prefix, StringComparison.Ordinal) && !digest.AsSpan(Digest.Prefix.Length).ContainsAnyExcept(HexDigits)
            ? Of(Digest.BytesOf(digest))
            : null;

    private static (UInt128, UInt128) Of(ReadOnlySpan<byte> bytes) => (BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));
}
