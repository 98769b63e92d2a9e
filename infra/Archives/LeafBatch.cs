using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Archives;

/// <summary>Leaves that go into an empty ledger together.</summary>
/// <param name="first">The first one's number.</param>
internal sealed class LeafBatch(long first)
{
    private readonly List<LeafRecord> _records = [];
    private readonly List<MerkleHash> _hashes = [];

    public long First { get; } = first;
    public long Next => First + Count;
    public int Count => _records.Count;
    public long Bytes { get; private set; }
    public IReadOnlyList<MerkleHash> Hashes => _hashes;

    /// <exception cref="ArchiveException">It is not what was verified.</exception>
    public void Add(ArchivedLeaf leaf, string file)
    {
        if (MerkleHash.OfLeaf(leaf.Text.Span) != leaf.Hash || LeafRecord.TryRead(leaf.Text) is not { } record)
            throw new ArchiveException(string.Create(CultureInfo.InvariantCulture, $"{file} (leaf {Next})"), "the archive was changed while it was read");
        _records.Add(record);
        _hashes.Add(leaf.Hash);
        Bytes += leaf.Text.Length;
    }

    /// <param name="tree">As it is before them.</param>
    public void AddTo(NpgsqlBatch write, CompactRange tree)
    {
        write.BatchCommands.Add(Streams());
        write.BatchCommands.Add(Events());
        var sequence = new NpgsqlBatchCommand(SqlText.Of("import_sequence"));
        sequence.Parameters.AddNumber(Next);
        write.BatchCommands.Add(sequence);
        var nodes = new CompletedNodes();
        var after = tree.Append(_hashes, nodes.Add);
        write.BatchCommands.Add(SealStatements.Leaves("seal_leaves", First, [.. Enumerable.Range(1, Count).Select(i => First + i)], _hashes));
        SealStatements.Advance(write, nodes, after);
    }

    private NpgsqlBatchCommand Streams()
    {
        // What another program left without a stream has none.
        var streams = _records.Where(r => r is { Tenant: not null, Stream: not null }).GroupBy(r => (r.Tenant, r.Stream))
            .Select(s => (Id: s.Key, First: s.First().At, Last: s.Last())).ToList();
        var command = new NpgsqlBatchCommand(SqlText.Of("import_streams"));
        command.Parameters.AddTexts([.. streams.Select(s => s.Id.Tenant!)]);
        command.Parameters.AddTexts([.. streams.Select(s => s.Id.Stream!)]);
        command.Parameters.AddTexts([.. streams.Select(s => TypeOf(s.Id.Stream!)!)]);
        command.Parameters.AddNumbers([.. streams.Select(s => s.Last.Version)]);
        AddTimes(command.Parameters, streams.Select(s => s.First));
        AddTimes(command.Parameters, streams.Select(s => s.Last.At));
        return command;
    }

    // The type is in the stream's name; one that another program named may have none.
    private static string? TypeOf(string stream) => stream.IndexOf('-', StringComparison.Ordinal) > 0 ? Domain.Ledger.Streams.TypeOf(stream) : null;

    private NpgsqlBatchCommand Events()
    {
        var command = new NpgsqlBatchCommand(SqlText.Of("import_events"));
        command.Parameters.AddNumber(First);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. _records.Select(r => r.Id)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        command.Parameters.AddTexts([.. _records.Select(r => r.Stream!)]);
        command.Parameters.AddNumbers([.. _records.Select(r => r.Version)]);
        AddJson(command.Parameters, _records.Select(r => r.Data));
        command.Parameters.AddTexts([.. _records.Select(r => r.Type)]);
        AddTimes(command.Parameters, _records.Select(r => r.At));
        command.Parameters.AddTexts([.. _records.Select(r => r.Tenant!)]);
        command.Parameters.AddTexts([.. _records.Select(r => r.Correlation!)]);
        command.Parameters.AddTexts([.. _records.Select(r => r.Causation!)]);
        AddJson(command.Parameters, _records.Select(r => r.Headers!));
        return command;
    }

    private static void AddJson(NpgsqlParameterCollection parameters, IEnumerable<string> json) =>
        parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. json], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });

    private static void AddTimes(NpgsqlParameterCollection parameters, IEnumerable<DateTimeOffset> times) =>
        parameters.Add(new NpgsqlParameter<DateTimeOffset[]> { TypedValue = [.. times.Select(t => t.ToUniversalTime())], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
}
