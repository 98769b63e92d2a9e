using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>A <see cref="LedgerTransaction"/> as the parameters of <c>ledger.append</c>. The same at every attempt, event ids
/// included, so that an attempt can recognise what an earlier one wrote.</summary>
internal sealed class AppendStatement
{
    private readonly EventContext _context;
    private readonly DateTime _at;
    private readonly string _headers;
    private readonly Guid[] _ids;
    private readonly string[] _eventStreams;
    private readonly long[] _eventVersions;
    private readonly string[] _types;
    private readonly byte[][] _data;
    private readonly (byte[] Key, long Size, short Compression, byte[] Body)[] _contents;

    public AppendStatement(LedgerTransaction transaction, EventCatalogue catalogue)
    {
        Transaction = transaction;
        _context = transaction.Context;
        _at = Microseconds.Cut(_context.RecordedAt).UtcDateTime;
        _headers = EventHeaders.Write(_context);

        // One order for everyone, else two appends over the same streams could lock crosswise.
        Streams = transaction.Streams.Count == 1 ? transaction.Streams : [.. transaction.Streams.OrderBy(s => s.StreamId, StringComparer.Ordinal)];
        Check(Streams);
        Versions = Streams.ToDictionary(s => s.StreamId, s => s.ExpectedVersion + s.Events.Count, StringComparer.Ordinal);

        var count = Streams.Sum(s => s.Events.Count);
        (_ids, _eventStreams, _eventVersions) = (new Guid[count], new string[count], new long[count]);
        (_types, _data) = (new string[count], new byte[count][]);
        var at = 0;
        foreach (var stream in Streams)
        {
            var version = stream.ExpectedVersion;
            foreach (var @event in stream.Events)
            {
                _ids[at] = Guid.CreateVersion7(_context.RecordedAt);
                _eventStreams[at] = stream.StreamId;
                _eventVersions[at] = ++version;
                _types[at] = catalogue.AliasOf(@event);
                _data[at++] = EventCatalogue.WriteUtf8(@event);
            }
        }
        _contents = Encode(transaction.Contents);
    }

    public LedgerTransaction Transaction { get; }

    /// <summary>How often it was sent: an attempt may have gone through without an answer.</summary>
    public int Attempts { get; set; }

    public string Tenant => _context.Tenant;

    /// <summary>In the order in which they are locked.</summary>
    public IReadOnlyList<StreamAppend> Streams { get; }

    /// <summary>Where each stream stands once this is written.</summary>
    public IReadOnlyDictionary<string, long> Versions { get; }

    /// <summary>Where to look for a trace of this transaction in the streams; null when it writes no event.</summary>
    public (string StreamId, long Version, Guid Id)? FirstEvent => _ids.Length == 0 ? null : (_eventStreams[0], _eventVersions[0], _ids[0]);

    /// <summary>Runs on a connection, in its transaction if it has one, else in one of its own.</summary>
    /// <returns>False when the stream is not at its expected version; of several streams that comes as an error.</returns>
    public async Task<bool> ExecuteAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var statement = !IsOneEvent ? "append" : Streams[0].ExpectedVersion == 0 ? "append_first_event" : "append_event";
        var command = new NpgsqlBatchCommand(SqlText.Of(statement));
        if (IsOneEvent) BindOneEvent(command.Parameters, Streams[0]);
        else BindAll(command.Parameters);
        await using var batch = new NpgsqlBatch(connection);
        if (Transaction.Packages.All.Count > 0) batch.BatchCommands.Add(PackageGuard());
        batch.BatchCommands.Add(command);
        await batch.PrepareAsync(ct);
        await batch.ExecuteNonQueryAsync(ct);
        return command.RecordsAffected > 0 || !IsOneEvent;
    }

    private NpgsqlBatchCommand PackageGuard()
    {
        var guard = new NpgsqlBatchCommand(SqlText.Of("package_guard"));
        guard.Parameters.AddText(Tenant);
        guard.Parameters.AddTexts([.. Transaction.Packages.Made]);
        guard.Parameters.AddTexts([.. Transaction.Packages.All]);
        return guard;
    }

    private bool IsOneEvent => Streams.Count == 1 && _ids.Length == 1
        && Transaction is { Inbox: null, Contents.Count: 0, ClaimedNames.Count: 0, ReleasedNames.Count: 0 };

    private void BindOneEvent(NpgsqlParameterCollection p, StreamAppend stream)
    {
        p.AddText(Tenant);
        p.AddText(stream.StreamId);
        p.AddNumber(stream.ExpectedVersion);
        p.Add(new NpgsqlParameter<DateTime> { TypedValue = _at, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        p.AddText(_context.CorrelationId);
        p.AddText(_context.CausationId);
        p.AddJson(_headers);
        p.Add(new NpgsqlParameter<Guid> { TypedValue = _ids[0], NpgsqlDbType = NpgsqlDbType.Uuid });
        p.AddText(_types[0]);
        p.Add(new NpgsqlParameter<byte[]> { TypedValue = _data[0], NpgsqlDbType = NpgsqlDbType.Jsonb });
        if (stream.ExpectedVersion == 0) p.AddText(stream.StreamType);
    }

    private void BindAll(NpgsqlParameterCollection p)
    {
        p.AddText(Tenant);
        p.Add(new NpgsqlParameter<DateTime> { TypedValue = _at, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        p.AddText(_context.CorrelationId);
        p.AddText(_context.CausationId);
        p.AddJson(_headers);
        p.AddTexts([.. Streams.Select(s => s.StreamId)]);
        p.AddTexts([.. Streams.Select(s => s.StreamType)]);
        p.AddNumbers([.. Streams.Select(s => s.ExpectedVersion)]);
        p.AddNumbers([.. Streams.Select(s => Versions[s.StreamId])]);
        p.Add(new NpgsqlParameter<Guid[]> { TypedValue = _ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        p.AddTexts(_eventStreams);
        p.AddNumbers(_eventVersions);
        p.AddTexts(_types);
        p.Add(new NpgsqlParameter<byte[][]> { TypedValue = _data, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        AddInbox(p, Transaction.Inbox);
        p.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. _contents.Select(c => c.Key)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        p.AddNumbers([.. _contents.Select(c => c.Size)]);
        p.Add(new NpgsqlParameter<short[]> { TypedValue = [.. _contents.Select(c => c.Compression)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint });
        p.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. _contents.Select(c => c.Body)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        AddNames(p, Transaction.ReleasedNames);
        AddNames(p, Transaction.ClaimedNames);
    }

    private static void Check(IReadOnlyList<StreamAppend> ordered)
    {
        for (var i = 0; i < ordered.Count; i++)
        {
            if (i > 0 && string.Equals(ordered[i].StreamId, ordered[i - 1].StreamId, StringComparison.Ordinal))
                throw new ArgumentException($"the stream {ordered[i].StreamId} comes twice in one transaction", nameof(ordered));
            if (ordered[i] is { ExpectedVersion: 0, Events.Count: 0 } or { ExpectedVersion: < 0 })
                throw new ArgumentException($"the stream {ordered[i].StreamId} has neither events nor a version to be held at", nameof(ordered));
        }
    }

    private static (byte[] Key, long Size, short Compression, byte[] Body)[] Encode(IReadOnlyList<ContentBlob> contents) =>
    contents.Count == 0 ? [] :
    [
        .. from content in contents.DistinctBy(c => c.Digest).OrderBy(c => c.Digest, StringComparer.Ordinal)
           let encoded = ContentCodec.Encode(content.Bytes.Span)
           select (Digest.BytesOf(content.Digest), (long)content.Bytes.Length, encoded.Compression, encoded.Body),
    ];

    private static void AddInbox(NpgsqlParameterCollection p, InboxEntry? inbox)
    {
        p.AddText(inbox?.Source);
        p.AddText(inbox?.MessageId);
        p.AddText(inbox?.ContentDigest);
        p.AddText(inbox?.StreamId);
        p.AddNumberOrNull(inbox?.StreamVersion);
        p.AddJson(inbox?.Result);
    }

    private static void AddNames(NpgsqlParameterCollection p, IReadOnlyList<NameClaim> names)
    {
        var ordered = names.OrderBy(n => n.Name, StringComparer.Ordinal).ToArray();
        p.AddTexts([.. ordered.Select(n => n.Name)]);
        p.AddTexts([.. ordered.Select(n => n.SkillId)]);
    }
}
