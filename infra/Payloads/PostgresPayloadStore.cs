using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Payloads;

/// <summary>Payloads in the ledger's own database.</summary>
public sealed class PostgresPayloadStore(NpgsqlDataSource dataSource) : IPayloadStore
{
    private static readonly string Put = SqlText.Of("payload_put");
    private static readonly string Get = SqlText.Of("payload_get");
    private static readonly string Delete = SqlText.Of("payload_delete");
    private static readonly string DeleteOfSubject = SqlText.Of("payload_delete_of_subject");

    public async Task PutAsync(IReadOnlyList<EncryptedPayload> payloads, CancellationToken cancellationToken = default)
    {
        if (payloads.Count == 0) return;
        await using var command = dataSource.CreateCommand(Put);
        command.Parameters.AddTexts([.. payloads.Select(p => p.Subject.Tenant)]);
        command.Parameters.AddTexts([.. payloads.Select(p => p.Place)]);
        command.Parameters.AddTexts([.. payloads.Select(p => p.Subject.Subject)]);
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. payloads.Select(p => p.Body)] });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<byte[]?> GetAsync(DataSubject subject, string place, CancellationToken cancellationToken = default)
    {
        await using var command = Command(Get, subject, place);
        return (byte[]?)await command.ExecuteScalarAsync(cancellationToken);
    }

    public async Task<bool> DeleteAsync(DataSubject subject, string place, CancellationToken cancellationToken = default)
    {
        await using var command = Command(Delete, subject, place);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    public async Task<int> DeleteAsync(DataSubject subject, CancellationToken cancellationToken = default)
    {
        await using var command = Command(DeleteOfSubject, subject);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, DataSubject subject, string? place = null)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.AddText(subject.Tenant);
        command.Parameters.AddText(subject.Subject);
        if (place is not null) command.Parameters.AddText(place);
        return command;
    }
}
