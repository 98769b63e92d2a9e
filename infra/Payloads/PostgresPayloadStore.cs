using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Payloads;

/// <summary>Payloads in the ledger's own database.</summary>
public sealed class PostgresPayloadStore(NpgsqlDataSource dataSource) : IPayloadStore
{
    private static readonly string Put = SqlResource.Read("Payloads.Sql.put-payloads");
    private static readonly string Get = SqlResource.Read("Payloads.Sql.get-payload");
    private static readonly string Delete = SqlResource.Read("Payloads.Sql.delete-payload");
    private static readonly string DeleteOfSubject = SqlResource.Read("Payloads.Sql.delete-payloads-of-subject");

    public async Task PutAsync(IReadOnlyList<EncryptedPayload> payloads, CancellationToken cancellationToken = default)
    {
        if (payloads.Count == 0) return;
        await using var command = dataSource.CreateCommand(Put);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. payloads.Select(p => p.Subject.Tenant)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. payloads.Select(p => p.Place)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. payloads.Select(p => p.Subject.Subject)] });
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. payloads.Select(p => p.Body)] });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<byte[]?> GetAsync(string tenant, string place, CancellationToken cancellationToken = default)
    {
        await using var command = Command(Get, tenant, place);
        return (byte[]?)await command.ExecuteScalarAsync(cancellationToken);
    }

    public async Task<bool> DeleteAsync(string tenant, string place, CancellationToken cancellationToken = default)
    {
        await using var command = Command(Delete, tenant, place);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    public async Task<int> DeleteAsync(DataSubject subject, CancellationToken cancellationToken = default)
    {
        await using var command = Command(DeleteOfSubject, subject.Tenant, subject.Subject);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, string tenant, string argument)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = argument });
        return command;
    }
}
