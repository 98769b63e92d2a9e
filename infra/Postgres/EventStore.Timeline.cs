using System.Runtime.CompilerServices;
using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

public sealed partial class EventStore
{
    /// <summary>All streams of a type, one after the other, each by version, as they were when the sealed order had <paramref name="leaves"/> leaves.</summary>
    /// <param name="without">Types of events that the reader has no use for: they are left out, but for the last of each stream.</param>
    /// <remarks>Not held in memory; the connection is in use until the reader has done with it.</remarks>
    public async IAsyncEnumerable<RecordedEvent> ReadStreamsOfTypeAsOfAsync(
        string tenant, string type, long leaves, IReadOnlyList<string> without, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await using var connection = await _db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(SqlText.Of("read_streams_of_type_as_of"), connection);
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(type);
        command.Parameters.AddNumber(leaves);
        command.Parameters.AddTexts([.. without]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new RecordedEventReader(reader, _catalogue);
        while (await reader.ReadAsync(ct)) yield return rows.Current();
    }

    /// <summary>Sealed events of a tenant, the newest first.</summary>
    /// <param name="before">A leaf; those shown are before it.</param>
    /// <param name="from">A leaf that none of those shown is before. Of certain streams all are looked at.</param>
    public Task<IReadOnlyList<RecordedEvent>> ReadTimelineAsync(string tenant, TimelineFilter filter, long before, int limit, long from = 0, CancellationToken ct = default) =>
        ReadAsync(filter.Streams is null ? "timeline" : "timeline_of_streams", parameters =>
        {
            parameters.AddText(tenant);
            parameters.AddNumber(before);
            parameters.AddNumber(limit);
            parameters.AddText(filter.StreamType.Length == 0 ? "%" : $"{filter.StreamType}-%");
            parameters.AddTexts([.. filter.Types]);
            parameters.AddText(filter.Decided);
            parameters.AddText(filter.Actor);
            parameters.AddText(filter.Text);
            if (filter.Streams is { } streams) parameters.AddTexts([.. streams]);
            else parameters.AddNumber(from);
        }, ct);
}

/// <summary>What is left empty does not narrow.</summary>
public sealed record TimelineFilter
{
    /// <summary>One of <see cref="Domain.Ledger.Streams"/>.</summary>
    public string StreamType { get; init; } = "";

    /// <summary>Aliases of event types.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The operation that a curation decision came to: such decisions are shown beside <see cref="Types"/>.</summary>
    public string Decided { get; init; } = "";

    /// <summary>Part of who acted, or of the policy that decided; so is <see cref="Text"/> of the event's data. Small and capital letters are one.</summary>
    public string Actor { get; init; } = "";
    public string Text { get; init; } = "";

    /// <summary>Only these streams; null: all.</summary>
    public IReadOnlyList<string>? Streams { get; init; }
}
