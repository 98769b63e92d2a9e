using System.Text.Json;
using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>What was put into which index and up to which leaf: kept in the database, which both survives the index and says which one is read.</summary>
public sealed class IndexLog(NpgsqlDataSource dataSource)
{
    /// <summary>Null: there is none yet.</summary>
    public async Task<LoggedIndex?> LiveAsync(string purpose, CancellationToken ct)
    {
        await using var command = Command("search_index_live", purpose);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)) : null;
    }

    public async Task<IReadOnlyList<(string Name, bool IsLive)>> AllAsync(string purpose, CancellationToken ct)
    {
        await using var command = Command("search_index_names", purpose);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, bool)> all = [];
        while (await reader.ReadAsync(ct)) all.Add((reader.GetString(0), reader.GetString(1) == "live"));
        return all;
    }

    public Task AddAsync(string name, string purpose, string definition, CancellationToken ct) => RunAsync(Command("search_index_add", name, purpose, "building", definition), ct);

    /// <summary>It is filled from the first leaf again: what was sent lacks what the definition has got.</summary>
    public Task RedefineAsync(string name, string definition, CancellationToken ct) => RunAsync(Command("search_index_redefine", name, definition), ct);

    /// <param name="vectors">Null: as far as it was.</param>
    public Task AdvanceAsync(string name, long leaf, long? vectors, CancellationToken ct)
    {
        var command = Command("search_index_advance", name);
        command.Parameters.AddNumber(leaf);
        command.Parameters.AddNumberOrNull(vectors);
        return RunAsync(command, ct);
    }

    public Task RemoveAsync(string name, CancellationToken ct) => RunAsync(Command("search_index_remove", name), ct);

    /// <summary>From here on it is the one that is read.</summary>
    /// <param name="before">The one that was; null when there was none.</param>
    public async Task SwitchAsync(string name, string? before, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (before is not null) await RunAsync("search_index_remove", before);
        await RunAsync("search_index_make_live", name);
        await transaction.CommitAsync(ct);

        async Task RunAsync(string statement, string of)
        {
            await using var command = new NpgsqlCommand(SqlText.Of(statement), connection);
            command.Parameters.AddText(of);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    public async Task<IReadOnlyDictionary<string, LoggedDocument>> DocumentsAsync(string index, IReadOnlyCollection<(string Tenant, string SkillId)> skills, CancellationToken ct)
    {
        await using var command = Command("search_documents_of_skills", index);
        command.Parameters.AddTexts([.. skills.Select(s => s.Tenant)]);
        command.Parameters.AddTexts([.. skills.Select(s => s.SkillId)]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var documents = new Dictionary<string, LoggedDocument>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            documents[reader.GetString(0)] = new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetInt64(4), reader.GetString(5), reader.GetString(6), reader.GetString(7));
        }
        return documents;
    }

    /// <summary>What is older than what is on record changes nothing.</summary>
    public async Task PutAsync(string index, IReadOnlyCollection<LoggedDocument> documents, CancellationToken ct)
    {
        if (documents.Count == 0) return;
        var command = dataSource.CreateCommand(SqlText.Of("search_documents_put"));
        command.Parameters.AddJson(JsonSerializer.Serialize(documents.Select(d => new
        {
            index_name = index,
            key = d.Key,
            tenant_id = d.Tenant,
            skill_id = d.SkillId,
            version = d.Version,
            leaf = d.Leaf,
            stamp = d.Stamp,
            state = d.State,
            problem = StorableText.Of(d.Problem),
        })));
        await RunAsync(command, ct);
    }

    private NpgsqlCommand Command(string statement, params string[] texts)
    {
        var command = dataSource.CreateCommand(SqlText.Of(statement));
        foreach (var text in texts) command.Parameters.AddText(text);
        return command;
    }

    private static async Task RunAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using (command) await command.ExecuteNonQueryAsync(ct);
    }
}

/// <param name="Leaf">The next leaf that it has to take in.</param>
/// <param name="Vectors">From this leaf on, what is in it may lack embeddings that there are by now.</param>
public sealed record LoggedIndex(string Name, string Definition, long Leaf, long Vectors);

/// <param name="State"><c>there</c>, <c>gone</c> or <c>refused</c>.</param>
public sealed record LoggedDocument(string Key, string Tenant, string SkillId, int Version, long Leaf, string Stamp, string State, string Problem = "")
{
    public const string There = "there", Gone = "gone", Refused = "refused";
}
