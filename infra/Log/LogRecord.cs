using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Log;

/// <summary>What the database has on record about its log, read where the sealer's lock is held.</summary>
internal static class LogRecord
{
    // Each fork is an admin's deed; more of them in a row than this is a circle.
    private const int MostForks = 1_000;

    /// <summary>Whether the note that is stored with a checkpoint says the same, and the key that the log had at that size signed it.</summary>
    public static async Task<bool> IsSignedAsync(NpgsqlConnection connection, Checkpoint published, CancellationToken ct) =>
        await NoteAsync(connection, published.Origin, ct) is { } note && await IsSignedAsync(connection, published, note, ct);

    /// <summary>Whether a note is of a checkpoint, and the key that the log had at that size signed it.</summary>
    public static async Task<bool> IsSignedAsync(NpgsqlConnection connection, Checkpoint published, string text, CancellationToken ct)
    {
        if (SignedNote.TryParse(text) is not { } note || note.Text != published.Text()) return false;
        var current = (await LogAsync(connection, published.Origin, published.Size, ct)).Current;
        return current is not null && LogKeys.KeyOf(current) is { } key && note.Verify([key]).Holds;
    }

    /// <summary>Whether the log, or one that it goes on from, began anew because it did not continue this checkpoint or a larger one of the same log.</summary>
    public static async Task<bool> ExplainsAsync(NpgsqlConnection connection, string origin, Checkpoint other, CancellationToken ct)
    {
        for (var i = 0; i < MostForks && origin.Length > 0; i++)
        {
            // Sealed or not: the fork itself is sealed in the log that it begins.
            if ((await LogAsync(connection, origin, null, ct)).Fork is not { } fork) return false;
            if (CheckpointOf(fork.Checkpoint) is { } given && given.Origin == other.Origin && given.Size >= other.Size) return true;
            origin = fork.PreviousOrigin;
        }
        return false;
    }

    // The signed note, or its text alone where the note was not to be had.
    private static Checkpoint? CheckpointOf(string given) => Checkpoint.TryParse(SignedNote.TryParse(given)?.Text ?? given);

    private static async Task<string?> NoteAsync(NpgsqlConnection connection, string origin, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("checkpoint_latest"), connection);
        command.Parameters.AddText(origin);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? reader.GetString(3) : null;
    }

    private static async Task<LogKeys> LogAsync(NpgsqlConnection connection, string origin, long? leaves, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("read_stream"), connection);
        command.Parameters.AddText(EventContext.DefaultTenant);
        command.Parameters.AddText(Streams.Of(Streams.Log, origin));
        command.Parameters.AddNumber(0);
        command.Parameters.AddNumberOrNull(leaves);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new RecordedEventReader(reader, EventCatalogue.Default);
        List<ILedgerEvent> events = [];
        while (await reader.ReadAsync(ct)) events.Add(rows.Current().Event);
        return LogKeys.Fold(events);
    }
}
