using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Domain.Ledger;

/// <summary>SHA-256 in the form <c>sha256:{64 lower-case hex digits}</c>.</summary>
public static class Digest
{
    public const string Prefix = "sha256:";

    public static string Of(ReadOnlySpan<byte> bytes) => Prefix + Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>A short, stable name made from a text: its first <paramref name="hexDigits"/> digits.</summary>
    public static string Short(string text, int hexDigits = 12) => Of(text)[Prefix.Length..][..hexDigits];

    /// <exception cref="FormatException">The text is no digest.</exception>
    public static byte[] BytesOf(string digest) =>
        digest.StartsWith(Prefix, StringComparison.Ordinal) && digest.Length == Prefix.Length + 64
            ? Convert.FromHexString(digest.AsSpan(Prefix.Length))
            : throw new FormatException($"'{digest}' is no digest: sha256: and 64 hex digits are expected");
}
