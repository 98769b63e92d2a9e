using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>Which skills have versions that were made from versions of others.</summary>
public sealed class SkillDescendants(NpgsqlDataSource db)
{
    /// <summary>Skills that descend from one, by way of others too. What is committed counts, sealed or not.</summary>
    /// <returns>Ids in ordinal order, without the skill itself.</returns>
    public async Task<IReadOnlyList<string>> OfAsync(string tenant, string skillId, CancellationToken ct = default)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        for (IReadOnlyList<string> from = [skillId]; from.Count > 0;)
            from = [.. (await NextAsync(tenant, from, ct)).Where(id => id != skillId && found.Add(id))];
        return [.. found];
    }

    /// <summary>Skills that have a version made from one of this skill's, and no further. What is committed counts, sealed or not.</summary>
    /// <returns>Ids in ordinal order, without the skill itself.</returns>
    public async Task<IReadOnlyList<string>> ChildrenAsync(string tenant, string skillId, CancellationToken ct = default) =>
        [.. (await NextAsync(tenant, [skillId], ct)).Where(id => id != skillId).Order(StringComparer.Ordinal)];

    private async Task<IReadOnlyList<string>> NextAsync(string tenant, IReadOnlyList<string> from, CancellationToken ct)
    {
        await using var command = db.CreateCommand(SqlText.Of("skill_descendants"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. from]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var next = new List<string>();
        while (await reader.ReadAsync(ct)) next.Add(Streams.IdOf(reader.GetString(0)));
        return next;
    }
}
