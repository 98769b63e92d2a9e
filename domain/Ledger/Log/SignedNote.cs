using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>A text with signatures beneath it (C2SP signed-note). The text means nothing until <see cref="Verify"/> says who signed it.</summary>
/// <param name="Text">Ends with a newline.</param>
/// <param name="Signatures">At least one.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    private const int MostSignatures = 100;
    private const string SignatureStart = "— ";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">The text cannot be signed: it must end with a newline and have no other control character.</exception>
    public static SignedNote Of(string text, params IReadOnlyList<NoteSignature> signatures) => IsText(text)
        ? new(text, signatures)
        : throw new ArgumentException("a note's text ends with a newline and has no other control characters", nameof(text));

    /// <inheritdoc cref="TryParse(string)"/>
    public static SignedNote? TryParse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return TryParse(Strict.GetString(utf8));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <returns>Null when it is no note.</returns>
    public static SignedNote? TryParse(string note)
    {
        // The text may have empty lines of its own: the last one ends it.
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !IsText(note)) return null;
        var lines = note[(split + 2)..].Split('\n');
        if (lines.Length < 2 || lines.Length > MostSignatures + 1 || lines[^1].Length > 0) return null;
        var signatures = lines[..^1].Select(SignatureOf).ToList();
        return signatures.Contains(null) ? null : new(note[..(split + 1)], signatures!);
    }

    /// <summary>The note as it is handed on.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures.Select(s => $"{SignatureStart}{s.KeyName} {s.Base64}\n"))}";

    /// <summary>What a signature is made of.</summary>
    public static byte[] SignedBytes(string text) => Strict.GetBytes(text);

    /// <summary>Who of those that one trusts signed it. A signature of anyone else is passed over; one that claims to be of a trusted key and is not makes
    /// the whole note worthless.</summary>
    public NoteVerdict Verify(IEnumerable<NoteKey> trusted)
    {
        var keys = trusted.Where(k => k.CanVerify).DistinctBy(k => k.ToString()).ToLookup(k => (k.Name, k.Id));
        var text = SignedBytes(Text);
        List<NoteKey> by = [];
        foreach (var signature in Signatures)
        {
            var known = keys[(signature.KeyName, signature.KeyId)].ToList();
            if (known.Count == 0) continue;
            if (known.Count > 1) return new([], $"two trusted keys are called {signature.KeyName}+{signature.KeyId:x8}");
            if (!known[0].Verify(text, signature.Bytes)) return new([], $"the signature of {signature.KeyName}+{signature.KeyId:x8} is not of this text");
            if (!by.Contains(known[0])) by.Add(known[0]);
        }
        return by.Count > 0 ? new(by, "") : new([], $"none of the keys that are trusted signed it; {string.Join(", ", Signatures.Select(s => $"{s.KeyName}+{s.KeyId:x8}"))} did");
    }

    private static bool IsText(string text) => text.EndsWith('\n') && !text.Any(c => c is < ' ' and not '\n');

    private static NoteSignature? SignatureOf(string line)
    {
        if (!line.StartsWith(SignatureStart, StringComparison.Ordinal)) return null;
        var words = line[SignatureStart.Length..].Split(' ');
        return words is [var name, var encoded] && NoteKey.IsName(name) && StrictBase64.Read(encoded) is { Length: > 4 } bytes
            ? new(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(4))
            : null;
    }
}

/// <summary>A line beneath a note's text.</summary>
/// <param name="Content">The signature itself, as the key's kind has it.</param>
public sealed record NoteSignature(string KeyName, uint KeyId, ReadOnlyMemory<byte> Content)
{
    public static NoteSignature By(NoteKey key, byte[] signature) => new(key.Name, key.Id, signature);

    public ReadOnlySpan<byte> Bytes => Content.Span;

    internal string Base64
    {
        get
        {
            var bytes = new byte[4 + Content.Length];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
            Bytes.CopyTo(bytes.AsSpan(4));
            return Convert.ToBase64String(bytes);
        }
    }
}

/// <param name="By">The trusted keys whose signatures hold; none when the note is worth nothing.</param>
/// <param name="Problem">Why it is worth nothing; empty when it is.</param>
public sealed record NoteVerdict(IReadOnlyList<NoteKey> By, string Problem)
{
    public bool Holds => By.Count > 0;
}
