using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Postgres;
using static Pipeline.Domain.Ledger.Log.LogEvent;

namespace Pipeline.Infra.Log;

/// <summary>What the log is called, and with which keys it signs. Both are in the ledger itself; only private keys are elsewhere.</summary>
/// <param name="name">What a log that begins now is called; empty: it gets a name of its own.</param>
public sealed class LogIdentity(NpgsqlDataSource db, EventStore store, ILogKeys keys, string name = "")
{
    private const string LocalPrefix = "ledger.local/";

    /// <summary>The current origin; empty when the log has no name yet.</summary>
    public async Task<string> OriginAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("log_origin"));
        return await command.ExecuteScalarAsync(ct) as string ?? "";
    }

    /// <summary>The keys of a log, as of so many leaves; null: all that were introduced, sealed or not.</summary>
    public async Task<LogKeys> KeysAsync(string origin, long? leaves = null, CancellationToken ct = default)
    {
        var stream = Streams.Of(Streams.Log, origin);
        var events = leaves is { } size
            ? await store.ReadStreamAsOfAsync(EventContext.DefaultTenant, stream, size, ct)
            : await store.ReadStreamAsync(EventContext.DefaultTenant, stream, ct: ct);
        return LogKeys.Fold(events.Select(e => e.Event));
    }

    /// <summary>The first key, or the only one of several that were made at once, is introduced when this returns.</summary>
    public async Task EnsureIntroducedAsync(EventContext context, CancellationToken ct = default)
    {
        var origin = await OriginAsync(ct);
        if (origin.Length > 0 && (await KeysAsync(origin, ct: ct)).Current is not null) return;
        var signer = await keys.CreateAsync(spki => origin.Length > 0 ? origin : name.Length > 0 ? name : LocalName(spki), ct);
        if (origin.Length == 0)
        {
            await using var command = db.CreateCommand(SqlText.Of("log_origin_begin"));
            command.Parameters.AddText(signer.Key.Name);
            await command.ExecuteNonQueryAsync(ct);
            origin = await OriginAsync(ct);
            // Somebody else was first to name it: then their key is the first one, or it will be the next time round.
            if (origin != signer.Key.Name) return;
        }
        await AppendAsync(context, origin, 0, [Introduced(origin, signer.Key, null, null, "the log begins")], ct);
    }

    /// <summary>Introduces a new key. From the leaf on that says so, checkpoints are signed with it.</summary>
    /// <param name="withoutOld">Although the old key is not here to vouch for the new one: whoever checks has to be given the new key by hand.</param>
    public async Task<KeyOutcome> RotateAsync(EventContext context, string reason, bool withoutOld, CancellationToken ct = default)
    {
        var origin = await OriginAsync(ct);
        var stream = await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Log, origin), ct: ct);
        var known = LogKeys.Fold(stream.Select(e => e.Event));
        if (known.UnknownEvent.Length > 0 && Decision.RefuseUnknown("the log's own stream", known.UnknownEvent) is Decision.Refused newer) return new KeyOutcome.Refused(newer.Code, newer.Message);
        if (known.Current is not { } current || LogKeys.KeyOf(current) is not { } old) return new KeyOutcome.Refused("log-unnamed", "the log has no key yet; it gets one when the server starts");
        var oldSigner = await keys.FindAsync(old, ct);
        if (oldSigner is null && !withoutOld)
            return new KeyOutcome.Refused("log-key-away", $"key {old.IdText}, which has to vouch for the new one, is not kept here: put its file back, or say that it is lost (--lost)");
        var signer = await keys.CreateAsync(_ => origin, ct);
        var introduced = Introduced(origin, signer.Key, old, await EndorsementAsync(origin, signer.Key, oldSigner, ct), reason);
        return await AppendAsync(context, origin, stream[^1].Version, [introduced], ct)
            ? new KeyOutcome.Done(introduced)
            : new KeyOutcome.Refused("contended", "another key was introduced at the same moment; look at it with `audit key show`");
    }

    /// <summary>Lets the log begin anew under another name, with a key of its own, because it does not continue what was published.</summary>
    /// <param name="stop">What was found.</param>
    /// <param name="published">The note that is not continued.</param>
    /// <param name="root">Of the tree as it is.</param>
    public async Task<KeyOutcome> ForkAsync(EventContext context, LogStop stop, string published, MerkleHash root, string reason, CancellationToken ct = default)
    {
        var origin = await OriginAsync(ct);
        var signer = await keys.CreateAsync(spki => LogKeys.NextOrigin(origin, spki), ct);
        var next = signer.Key.Name;
        var current = (await KeysAsync(origin, ct: ct)).Current;
        var old = current is null ? null : LogKeys.KeyOf(current);
        var endorsement = await EndorsementAsync(next, signer.Key, old is null ? null : await keys.FindAsync(old, ct), ct);
        var introduced = Introduced(next, signer.Key, old, endorsement, reason);
        var forked = new LogForked(next, origin, published, stop.Size, root.ToBase64(), reason);
        if (!await AppendAsync(context, next, 0, [forked, introduced], ct)) return new KeyOutcome.Refused("contended", "the log is beginning anew already; try again");
        await using var command = db.CreateCommand(SqlText.Of("log_origin_fork"));
        command.Parameters.AddText(origin);
        command.Parameters.AddText(next);
        return await command.ExecuteNonQueryAsync(ct) > 0
            ? new KeyOutcome.Done(introduced)
            : new KeyOutcome.Refused("contended", "the log has begun anew at the same moment; look at it with `audit checkpoint`");
    }

    private async Task<bool> AppendAsync(EventContext context, string origin, long version, IReadOnlyList<ILedgerEvent> events, CancellationToken ct) =>
        await store.AppendAsync(new() { Context = context, Streams = [new(Streams.Of(Streams.Log, origin), Streams.Log, version, events)] }, ct) is AppendOutcome.Appended;

    private static LogKeyIntroduced Introduced(string origin, NoteKey key, NoteKey? old, string? endorsement, string reason) =>
        new(origin, key.Name, key.IdText, Convert.ToBase64String(key.PublicKey), old?.IdText, endorsement, reason);

    private static async Task<string?> EndorsementAsync(string origin, NoteKey key, ILogSigner? by, CancellationToken ct)
    {
        if (by is null) return null;
        var text = KeyEndorsement.Text(origin, key);
        return SignedNote.Of(text, NoteSignature.By(by.Key, await by.SignAsync(SignedNote.SignedBytes(text), ct))).ToString();
    }

    private static string LocalName(byte[] publicKey) => LocalPrefix + Convert.ToHexStringLower(SHA256.HashData(publicKey))[..16];
}

public abstract record KeyOutcome
{
    private KeyOutcome() { }

    public sealed record Done(LogKeyIntroduced Introduced) : KeyOutcome;

    public sealed record Refused(string Code, string Message) : KeyOutcome;
}
