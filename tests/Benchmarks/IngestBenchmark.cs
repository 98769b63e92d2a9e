using System.Text;
using System.Text.Json.Nodes;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.IngestEvents;
using Pipeline.Functions.ProjectTrajectory;
using Pipeline.Infra.Payloads;

namespace Pipeline.Benchmarks;

/// <summary>A whole run from CloudEvent to sealed evidence, beside one raw statement a run that writes the same rows.</summary>
/// <remarks>Measured without the local pump and its hop: what a function instance does for one message after the other.</remarks>
internal static class IngestBenchmark
{
    private const int Batch = 50;

    private static int _made;

    public static async Task RunAsync(Bench bench)
    {
        var keys = Directory.CreateTempSubdirectory("pipeline-bench-keys");
        await using var services = new ServiceCollection().AddLogging().AddPipeline(bench.Db, FileKeyProvider.Open(keys.FullName), keys.FullName).BuildServiceProvider();
        var mediator = services.GetRequiredService<IMediator>();
        var samples = Samples();
        var rows = await RowsOfAsync(bench, mediator, samples);
        await using var raw = await RawIngest.OpenAsync(bench.Db, rows);

        await bench.CompareAsync($"whole runs ({rows.PayloadBytes / 1024.0:0.0} KiB encrypted, {rows.Events:0.0} events each), one after the other", "runs/s",
            new("one raw statement a run, the same rows", async () =>
            {
                for (var i = 0; i < Batch; i++) await raw.WriteAsync();
                return Batch;
            }),
            new("IngestEvents (one batch), ProjectTrajectory, seal", () => IngestAsync(mediator, samples, bench)),
            new("IngestEvents alone (one batch)", async () =>
            {
                await SendAsync(mediator, samples);
                return Batch;
            }));
        keys.Delete(recursive: true);
    }

    private static List<JsonObject> Samples() => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Samples"), "*.jsonl").Order(StringComparer.Ordinal)
        .SelectMany(File.ReadLines).Take(Batch).Select(line => JsonNode.Parse(line)!.AsObject())];

    private static async Task<long> IngestAsync(IMediator mediator, List<JsonObject> samples, Bench bench)
    {
        var sent = await SendAsync(mediator, samples);
        foreach (var message in sent.Outputs)
        {
            var body = Encoding.UTF8.GetBytes(message.Body.ToJsonString(LedgerJson.Options));
            if (await mediator.Send(new ProjectTrajectoryRequest(new(body, message.MessageId, 1, ""))) is not Completion.Done)
                throw new InvalidOperationException("a sample was not projected");
        }
        await bench.Sealer.SealAllAsync();
        return Batch;
    }

    private static async Task<Completion.Done> SendAsync(IMediator mediator, List<JsonObject> samples)
    {
        var batch = new JsonArray();
        foreach (var sample in samples)
        {
            var one = sample.DeepClone().AsObject();
            one["id"] = $"bench-{Interlocked.Increment(ref _made)}";
            batch.Add(one);
        }
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = "application/cloudevents-batch+json" };
        var completion = await mediator.Send(new IngestEventsRequest(new("POST", headers, Encoding.UTF8.GetBytes(batch.ToJsonString()))));
        return completion is Completion.Done { Outputs.Count: Batch } done ? done : throw new InvalidOperationException("a sample was not accepted");
    }

    // What one run comes to in rows and bytes, measured on a first batch.
    private static async Task<IngestRows> RowsOfAsync(Bench bench, IMediator mediator, List<JsonObject> samples)
    {
        await IngestAsync(mediator, samples, bench);
        await using var command = bench.Db.CreateCommand(
            "select (select avg(length(body)) from ledger.payloads)::float8, (select count(*) from ledger.mt_events where correlation_id <> '')::float8, (select avg(length(data::text)) from ledger.mt_events)::float8");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new((int)reader.GetDouble(0), reader.GetDouble(1) / Batch, (int)reader.GetDouble(2));
    }
}

/// <param name="Events">Per run, on average.</param>
internal sealed record IngestRows(int PayloadBytes, double Events, int EventBytes);

/// <summary>The baseline: payload, inbox, a stream with its events, their leaves; one statement, prepared, its bytes made beforehand.</summary>
internal sealed class RawIngest : IAsyncDisposable
{
    private const string Statement =
        """
        with payload as (
          insert into ledger.payloads (tenant_id, place, subject, body) values ($1, $2, 'bench', $3) returning 1),
        stream as (
          insert into ledger.mt_streams (tenant_id, id, type, version) select $1, $2, 'trajectory', $4 from payload returning 1),
        inbox as (
          insert into ledger.inbox (tenant_id, source, message_id, content_digest, stream_id, stream_version, result, handled_at)
          select $1, 'bench', $2, $2, $2, $4, '{}', now() from stream returning 1),
        events as (
          insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, tenant_id)
          select nextval('ledger.mt_events_sequence'), gen_random_uuid(), $2, n, $5, 'evidence_admitted', $1 from inbox, generate_series(1, $4) n
          returning seq_id)
        insert into ledger.leaves (leaf_index, seq_id) select -seq_id, seq_id from events
        """;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _command;
    private readonly IngestRows _rows;
    private int _written;

    private RawIngest(NpgsqlConnection connection, IngestRows rows) =>
        (_connection, _command, _rows) = (connection, new(Statement, connection), rows);

    public static async Task<RawIngest> OpenAsync(NpgsqlDataSource db, IngestRows rows) => new(await db.OpenConnectionAsync(), rows);

    public async Task WriteAsync()
    {
        var p = _command.Parameters;
        p.Clear();
        p.Add(new NpgsqlParameter<string> { TypedValue = EventContext.DefaultTenant, NpgsqlDbType = NpgsqlDbType.Varchar });
        p.Add(new NpgsqlParameter<string> { TypedValue = $"raw-{++_written}-{Environment.TickCount64}", NpgsqlDbType = NpgsqlDbType.Varchar });
        p.Add(new NpgsqlParameter<byte[]> { TypedValue = new byte[_rows.PayloadBytes], NpgsqlDbType = NpgsqlDbType.Bytea });
        p.Add(new NpgsqlParameter<int> { TypedValue = (int)Math.Round(_rows.Events), NpgsqlDbType = NpgsqlDbType.Integer });
        p.Add(new NpgsqlParameter<string> { TypedValue = $$"""{"text":"{{new string('x', _rows.EventBytes)}}"}""", NpgsqlDbType = NpgsqlDbType.Jsonb });
        await _command.PrepareAsync();
        await _command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // Leaves below zero are no leaves: they are in nobody's way but must not stay.
        await using (var clean = new NpgsqlCommand("delete from ledger.leaves where leaf_index < 0", _connection)) await clean.ExecuteNonQueryAsync();
        await _command.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
