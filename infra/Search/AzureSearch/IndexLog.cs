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
        return await reader.ReadAsync(ct) ? new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt32(4), reader.GetInt64(5)) : null;
    }

    public async Task<IReadOnlyList<(string Name, bool IsLive)>> AllAsync(string purpose, CancellationToken ct)
    {
        await using var command = Command("search_index_names", purpose);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, bool)> all = [];
        while (await reader.ReadAsync(ct)) all.Add((reader.GetString(0), reader.GetString(1) == "live"));
        return all;
    }

    public Task AddAsync(string name, string purpose, string definition, int form, CancellationToken ct)
    {
        var command = Command("search_index_add", name, purpose, "building", definition);
        command.Parameters.AddNumber(form);
        return RunAsync(command, ct);
    }

    /// <summary>It is filled from the first leaf again: what was sent lacks what the definition has got.</summary>
    public async Task RedefineAsync(string purpose, LoggedIndex live, string definition, int form, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await RunAsync(connection, "search_definition_replaced", ct, purpose, live.Definition, definition);
        await using (var command = new NpgsqlCommand(SqlText.Of("search_index_redefine"), connection))
        {
            command.Parameters.AddText(live.Name);
            command.Parameters.AddText(definition);
            command.Parameters.AddNumber(form);
            await command.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
    }

    /// <summary>Whether another definition has taken its place since it was last asked for.</summary>
    public async Task<bool> WasReplacedAsync(string purpose, string definition, CancellationToken ct)
    {
        await using var command = Command("search_definition_was_replaced", purpose, definition);
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>The service may have it no longer: whoever looks next finds out.</summary>
    public Task LoseAsync(string name, CancellationToken ct) => RunAsync(Command("search_index_lose", name), ct);

    /// <param name="vectors">Null: as far as it was.</param>
    public Task AdvanceAsync(string name, long leaf, long? vectors, CancellationToken ct)
    {
        var command = Command("search_index_advance", name);
        command.Parameters.AddNumber(leaf);
        command.Parameters.AddNumberOrNull(vectors);
        command.Parameters.AddNumber(IndexDefinition.Form);
        return RunAsync(command, ct);
    }

    public Task RemoveAsync(string name, CancellationToken ct) => RunAsync(Command("search_index_remove", name), ct);

    /// <summary>From here on it is the one that is read.</summary>
    /// <param name="before">The one that was, which stays on record until the service has let go of it; null when there was none.</param>
    /// <exception cref="SearchUnavailableException">Another program cleared it away meanwhile; nothing was changed.</exception>
    public async Task SwitchAsync(string purpose, string name, string definition, LoggedIndex? before, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (before is not null)
        {
            await RunAsync(connection, "search_definition_replaced", ct, purpose, before.Definition, definition);
            await RunAsync(connection, "search_index_retire", ct, before.Name);
        }
        if (await RunAsync(connection, "search_index_make_live", ct, name) == 0) throw new SearchUnavailableException("another program cleared the new index away; try again");
        await transaction.CommitAsync(ct);
    }

    /// <summary>How many documents the service took.</summary>
    public async Task<int> ThereAsync(string index, CancellationToken ct)
    {
        await using var command = Command("search_documents_there", index);
        return (int)(long)(await command.ExecuteScalarAsync(ct))!;
    }

    public Task<IReadOnlyDictionary<string, LoggedDocument>> DocumentsAsync(string index, IReadOnlyCollection<(string Tenant, string SkillId)> skills, CancellationToken ct)
    {
        var command = Command("search_documents_of_skills", index);
        command.Parameters.AddTexts([.. skills.Select(s => s.Tenant)]);
        command.Parameters.AddTexts([.. skills.Select(s => s.SkillId)]);
        return ReadAsync(command, ct);
    }

    public Task<IReadOnlyDictionary<string, LoggedDocument>> DocumentsAsync(string index, IEnumerable<string> keys, CancellationToken ct)
    {
        var command = Command("search_documents_of_keys", index);
        command.Parameters.AddTexts([.. keys]);
        return ReadAsync(command, ct);
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

    private static async Task<IReadOnlyDictionary<string, LoggedDocument>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reading = command;
        await using var reader = await command.ExecuteReaderAsync(ct);
        var documents = new Dictionary<string, LoggedDocument>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            documents[reader.GetString(0)] = new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetInt64(4), reader.GetString(5), reader.GetString(6), reader.GetString(7));
        }
        return documents;
    }

    private NpgsqlCommand Command(string statement, params string[] texts)
    {
        var command = dataSource.CreateCommand(SqlText.Of(statement));
        foreach (var text in texts) command.Parameters.AddText(text);
        return command;
    }

    private static async Task<int> RunAsync(NpgsqlConnection connection, string statement, CancellationToken ct, params string[] texts)
    {
        await using var command = new NpgsqlCommand(SqlText.Of(statement), connection);
        foreach (var text in texts) command.Parameters.AddText(text);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task RunAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using (command) await command.ExecuteNonQueryAsync(ct);
    }
}

/// <param name="Leaf">The next leaf that it has to take in.</param>
/// <param name="Vectors">From this leaf on, what is in it may lack embeddings that there are by now.</param>
/// <param name="Form">Of the definition; a program that knows an older one leaves it in place.</param>
/// <param name="Complete">The next leaf that a program which knows the form has to take in: what an older one took in since lacks what it does not know.</param>
public sealed record LoggedIndex(string Name, string Definition, long Leaf, long Vectors, int Form, long Complete)
{
    /// <summary>The next leaf that this program has to take in.</summary>
    public long Next => Form == IndexDefinition.Form ? Math.Min(Leaf, Complete) : Leaf;
}

/// <param name="State"><c>sending</c> (whether the service took it nobody has heard yet), <c>there</c>, <c>gone</c> or <c>refused</c>.</param>
public sealed record LoggedDocument(string Key, string Tenant, string SkillId, int Version, long Leaf, string Stamp, string State, string Problem = "")
{
    public const string Sending = "sending", There = "there", Gone = "gone", Refused = "refused";
}
