namespace Pipeline.Domain.Ledger.Log;

/// <summary>Standard base64 (RFC 4648, section 4) with padding; no white space, no bits left over.</summary>
internal static class StrictBase64
{
    /// <returns>Null when the text is not what the bytes would be written as.</returns>
    public static byte[]? Read(string text)
    {
        var bytes = new byte[text.Length / 4 * 3];
        return Convert.TryFromBase64String(text, bytes, out var written) && Convert.ToBase64String(bytes.AsSpan(0, written)) == text ? bytes[..written] : null;
    }
}
