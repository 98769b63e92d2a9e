using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger;

namespace Pipeline.Benchmarks;

/// <summary>The baselines: statements written by hand for exactly one shape of append, prepared once on a connection that is never
/// given back. Same rows in the same tables as the store, and none of what makes it a store.</summary>
internal sealed class RawAppend : IAsyncDisposable
{
    private const string Columns = "seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers";

    // $1 tenant, $2 stream, $3 expected version, $4 new version, $5 time, $6 correlation, $7 causation, $8 headers, $9 stream type
    private const string NewStream =
        "insert into ledger.mt_streams (tenant_id, id, type, version, timestamp, created) values ($1, $2, $9, $4, $5, $5) returning 1";

    private const string OldStream =
        "update ledger.mt_streams set version = $4, timestamp = $5 where tenant_id = $1 and id = $2 and version = $3 returning 1";

    private const string OneEvent =
        $"insert into ledger.mt_events ({Columns}) select nextval('ledger.mt_events_sequence'), $10, $2, $4, $11, $12, $5, $1, $6, $7, $8 from stream returning seq_id";

    private const string ManyEvents =
        $"""
        insert into ledger.mt_events ({Columns})
        select nextval('ledger.mt_events_sequence'), e.id, $2, e.version, e.data, e.type, $5, $1, $6, $7, $8
        from stream, unnest($10::uuid[], $13::bigint[], $11::jsonb[], $12::varchar[]) as e (id, version, data, type) returning seq_id
        """;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _command;
    private readonly NpgsqlCommand _version;
    private readonly string _headers = """{"actor":"emitter:shop.example/agents","decidedBy":"pipeline/0.1.0","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}""";

    private RawAppend(NpgsqlConnection connection, string sql)
    {
        _connection = connection;
        _command = new(sql, connection);
        _version = new("select version from ledger.mt_streams where tenant_id = $1 and id = $2", connection) { Parameters = { Text(""), Text("") } };
    }

    public static async Task<RawAppend> ToStreamsAsync(NpgsqlDataSource db, bool newStreams, bool many) => new(
        await db.OpenConnectionAsync(),
        $"with stream as ({(newStreams ? NewStream : OldStream)}), event as ({(many ? ManyEvents : OneEvent)}) insert into ledger.unsealed (seq_id) select seq_id from event");

    /// <summary>The same bytes into one table with one key and no relation to anything.</summary>
    public static async Task<RawAppend> ToOneTableAsync(NpgsqlDataSource db, bool many)
    {
        var connection = await db.OpenConnectionAsync();
        await using var create = new NpgsqlCommand(
            "create table if not exists public.bare (id uuid primary key, stream_id varchar, version bigint, data jsonb, type varchar, at timestamptz)", connection);
        await create.ExecuteNonQueryAsync();
        return new(connection, many
            ? "insert into public.bare select e.id, $2, e.version, e.data, e.type, $5 from unnest($10::uuid[], $13::bigint[], $11::jsonb[], $12::varchar[]) as e (id, version, data, type)"
            : "insert into public.bare values ($10, $2, $4, $11, $12, $5)");
    }

    public async Task AppendAsync(string stream, long expected, byte[] data)
    {
        if (!await TryAppendAsync(stream, expected, data)) throw new InvalidOperationException("the baseline wrote nothing");
    }

    /// <returns>False when the stream is not at that version.</returns>
    public async Task<bool> TryAppendAsync(string stream, long expected, byte[] data)
    {
        Bind(stream, expected, expected + 1);
        var p = _command.Parameters;
        p.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(), NpgsqlDbType = NpgsqlDbType.Uuid });
        p.Add(new NpgsqlParameter<byte[]> { TypedValue = data, NpgsqlDbType = NpgsqlDbType.Jsonb });
        p.Add(new NpgsqlParameter<string> { TypedValue = "evidence_admitted", NpgsqlDbType = NpgsqlDbType.Varchar });
        return await ExecuteAsync();
    }

    public async Task AppendAsync(string stream, long expected, byte[][] data)
    {
        Bind(stream, expected, expected + data.Length);
        var p = _command.Parameters;
        p.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. data.Select(_ => Guid.CreateVersion7())], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        p.Add(new NpgsqlParameter<byte[][]> { TypedValue = data, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        p.Add(new NpgsqlParameter<string[]> { TypedValue = [.. data.Select(_ => "evidence_admitted")], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        p.Add(new NpgsqlParameter<long[]> { TypedValue = [.. data.Select((_, i) => expected + i + 1)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        if (!await ExecuteAsync()) throw new InvalidOperationException("the baseline wrote nothing");
    }

    /// <summary>Where a stream stands, on the writer's own connection.</summary>
    public async Task<long> VersionAsync(string stream)
    {
        _version.Parameters[0].Value = EventContext.DefaultTenant;
        _version.Parameters[1].Value = stream;
        await _version.PrepareAsync();
        return (long)(await _version.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await _command.DisposeAsync();
        await _version.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private void Bind(string stream, long expected, long version)
    {
        var p = _command.Parameters;
        p.Clear();
        p.Add(Text(EventContext.DefaultTenant));
        p.Add(Text(stream));
        p.Add(new NpgsqlParameter<long> { TypedValue = expected, NpgsqlDbType = NpgsqlDbType.Bigint });
        p.Add(new NpgsqlParameter<long> { TypedValue = version, NpgsqlDbType = NpgsqlDbType.Bigint });
        p.Add(new NpgsqlParameter<DateTime> { TypedValue = Load.Context.RecordedAt.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        p.Add(Text(Load.Context.CorrelationId));
        p.Add(Text(Load.Context.CausationId));
        p.Add(new NpgsqlParameter<string> { TypedValue = _headers, NpgsqlDbType = NpgsqlDbType.Jsonb });
        p.Add(Text(Streams.Family));
    }

    private async Task<bool> ExecuteAsync()
    {
        await _command.PrepareAsync();
        return await _command.ExecuteNonQueryAsync() > 0;
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar };
}
