using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using static Pipeline.Domain.Ledger.Log.LogEvent;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>What the log says of itself: which keys sign it, and where it had to begin anew.</summary>
public abstract record LogEvent : ILedgerEvent
{
    /// <summary>A key signs the log's checkpoints from here on. Those before it stay as they are signed.</summary>
    /// <param name="KeyId">8 hex digits.</param>
    /// <param name="PublicKey">SubjectPublicKeyInfo (RFC 5280) in DER, as base64.</param>
    /// <param name="Replaces">The id of the key that signed until now; null for the first.</param>
    /// <param name="Endorsement">A signed note in which the replaced key vouches for this one (<see cref="KeyEndorsement"/>); null for the first, and where the
    /// old key was lost.</param>
    public sealed record LogKeyIntroduced(string Origin, string KeyName, string KeyId, string PublicKey, string? Replaces, string? Endorsement, string Reason) : LogEvent;

    /// <summary>The log goes on under a new origin, because its tree is not the one that was published: a backup was restored, or history was rewritten.
    /// Somebody accepted that, and whoever checks sees it.</summary>
    /// <param name="Origin">The new one.</param>
    /// <param name="Checkpoint">The signed note that the log does not continue.</param>
    /// <param name="Size">How many leaves the log had when it began anew.</param>
    /// <param name="Root">Its root then, as base64.</param>
    public sealed record LogForked(string Origin, string PreviousOrigin, string Checkpoint, long Size, string Root, string Reason) : LogEvent;
}

/// <summary>The keys of one log, as its stream tells.</summary>
public sealed record LogKeys
{
    public static LogKeys Empty { get; } = new();

    public ImmutableList<LogKeyIntroduced> Introduced { get; init; } = [];
    public ImmutableList<LogForked> Forks { get; init; } = [];
    public string UnknownEvent { get; init; } = "";

    /// <summary>The last time that the log began anew; null when it never did.</summary>
    public LogForked? Fork => Forks.Count > 0 ? Forks[^1] : null;

    public LogKeyIntroduced? Current => Introduced.Count > 0 ? Introduced[^1] : null;

    public static LogKeys Fold(IEnumerable<ILedgerEvent> events) => events.Aggregate(Empty, Evolve);

    /// <summary>Never throws: what is on record happened.</summary>
    public static LogKeys Evolve(LogKeys keys, ILedgerEvent @event) => @event switch
    {
        LogKeyIntroduced e => keys with { Introduced = keys.Introduced.Add(e) },
        LogForked e => keys with { Forks = keys.Forks.Add(e) },
        UnknownEvent e => keys with { UnknownEvent = e.Alias },
        _ => keys,
    };

    /// <summary>The keys that someone may trust who trusts some already: those, and in the order of their introduction each one that a trusted key of the same log
    /// vouches for. For the first key of a log that began anew, a key of the log before it does.</summary>
    public IReadOnlyList<NoteKey> TrustedFrom(params IReadOnlyList<NoteKey> kept)
    {
        List<NoteKey> trusted = [.. kept];
        foreach (var introduced in Introduced)
        {
            if (KeyOf(introduced) is not { } key || key.Name != introduced.Origin || trusted.Exists(k => k.ToString() == key.ToString())) continue;
            if (KeyEndorsement.Vouches(introduced, key, trusted.Where(k => k.Name == introduced.Origin || BeganAnew(introduced, k.Name)))) trusted.Add(key);
        }
        return trusted;
    }

    /// <summary>Why a key does not speak for the log now, as far as these events tell: it is not the one that was introduced last, or somebody kept one that they do not
    /// know of. A key that was replaced may be in anybody's hands. Empty where nothing speaks against it.</summary>
    /// <param name="kept">By whoever checks.</param>
    public string ProblemOf(NoteKey signer, string origin, IEnumerable<NoteKey> kept)
    {
        List<NoteKey> own = [.. Introduced.Where(i => i.Origin == origin).Select(KeyOf).OfType<NoteKey>()];
        if (own.Count == 0) return "no event in it introduces the log's key";
        if (own[^1].ToString() != signer.ToString()) return $"it is signed with key {signer.IdText}, and the log's key is {own[^1].IdText}: one that was replaced, or was none of its keys";
        return kept.FirstOrDefault(k => k.Name == origin && !own.Exists(o => o.ToString() == k.ToString())) is { } unknown
            ? $"you kept key {unknown.IdText} of this log, and nothing in it knows of that: it is older than that key, or who has the older key {signer.IdText} left it out. Ask for a newer one; only if it is to be from before, check it with the key of that time alone"
            : "";
    }

    /// <summary>What a log is called that goes on after this one: a, a/2-(key), a/3-(key) and so on. So the key of one log can never speak for one that it has nothing
    /// to do with; and with the new key in it, because a backup from before a fork begins anew with the same number.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo of the first key of the log that goes on.</param>
    public static string NextOrigin(string origin, ReadOnlySpan<byte> publicKey)
    {
        var at = origin.LastIndexOf('/');
        var number = at > 0 ? origin[(at + 1)..].Split('-')[0] : "";
        var (begin, epoch) = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last < int.MaxValue ? (origin[..at], last + 1) : (origin, 2);
        return string.Create(CultureInfo.InvariantCulture, $"{begin}/{epoch}-{Convert.ToHexStringLower(SHA256.HashData(publicKey))[..8]}");
    }

    private bool BeganAnew(LogKeyIntroduced introduced, string before) =>
        StrictBase64.Read(introduced.PublicKey) is { } key && NextOrigin(before, key) == introduced.Origin && Introduced.Find(i => i.Origin == introduced.Origin) == introduced
        && Forks.Exists(f => f.Origin == introduced.Origin && f.PreviousOrigin == before);

    /// <returns>Null when what is on record is no key.</returns>
    public static NoteKey? KeyOf(LogKeyIntroduced introduced)
    {
        var spki = StrictBase64.Read(introduced.PublicKey);
        return spki is null ? null : NoteKey.TryParse($"{introduced.KeyName}+{introduced.KeyId}+{Convert.ToBase64String([NoteKey.Ecdsa, .. spki])}");
    }
}

/// <summary>With which one key vouches for the next: a signed note, whose text no checkpoint can have.</summary>
public static class KeyEndorsement
{
    private const string Kind = "skillpipeline.dev/log-key@v1";

    /// <param name="origin">The log that the key is for.</param>
    public static string Text(string origin, NoteKey key) => string.Create(CultureInfo.InvariantCulture, $"{Kind}\n{origin}\n{key}\n");

    public static bool Vouches(LogKeyIntroduced introduced, NoteKey key, IEnumerable<NoteKey> trusted) =>
        introduced.Endorsement is { } endorsement && SignedNote.TryParse(endorsement) is { } note
        && note.Text == Text(introduced.Origin, key) && note.Verify(trusted).Holds;
}
