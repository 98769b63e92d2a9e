using Npgsql;
using NpgsqlTypes;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Composers;

/// <summary>The ceilings of a day, kept in the database: a call is entered with the most that it can cost before it goes out.</summary>
public sealed class ComposerSpending(NpgsqlDataSource db)
{
    /// <returns>The call's number, or null where it could exceed a ceiling of its day.</returns>
    public async Task<long?> TryReserveAsync(DateOnly day, string requestDigest, long tokens, long costMicroUsd, ComposerOptions options, CancellationToken ct = default)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // A statement of its own: the sum must be taken after the lock was.
        await using (var alone = new NpgsqlCommand(SqlText.Of("composer_spending_lock"), connection)) await alone.ExecuteNonQueryAsync(ct);
        await using var reserve = new NpgsqlCommand(SqlText.Of("composer_spending_reserve"), connection);
        AddDay(reserve.Parameters, day);
        reserve.Parameters.AddText(requestDigest);
        reserve.Parameters.AddNumber(tokens);
        reserve.Parameters.AddNumber(costMicroUsd);
        reserve.Parameters.AddNumber(options.MaxTokensPerDay);
        reserve.Parameters.AddNumberOrNull(options.MaxCostPerDay is { } most ? (long)(most * 1_000_000) : null);
        var call = await reserve.ExecuteScalarAsync(ct) as long?;
        await transaction.CommitAsync(ct);
        return call;
    }

    public async Task SettleAsync(long call, long tokens, long costMicroUsd, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("composer_spending_settle"));
        command.Parameters.AddNumber(call);
        command.Parameters.AddNumber(tokens);
        command.Parameters.AddNumber(costMicroUsd);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<DaySpending> OfDayAsync(DateOnly day, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("composer_spending_of_day"));
        AddDay(command.Parameters, day);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static void AddDay(NpgsqlParameterCollection parameters, DateOnly day) =>
        parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = day, NpgsqlDbType = NpgsqlDbType.Date });
}

/// <param name="CostMicroUsd">In millionths of a US dollar; calls under way count with the most that they can cost.</param>
public sealed record DaySpending(long Calls, long Tokens, long CostMicroUsd);
