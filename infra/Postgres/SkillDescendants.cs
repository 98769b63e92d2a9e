using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>Which skills have versions that were made from versions of others.</summary>
public sealed class SkillDescendants(NpgsqlDataSource db)
{
    /// <summary>Skills that descend from one, by way of others too. What is committed counts, sealed or not.</summary>
    /// <returns>Ids in ordinal order, without the skill itself.</returns>
    public async Task<IReadOnlyList<string>> OfAsync(string tenant, string skillId, CancellationToken ct = default) =>
        [.. (await OfAsync(tenant, [skillId], ct)).Where(id => id != skillId)];

    /// <summary>Skills that descend from one of these, by way of others too. What is committed counts, sealed or not.</summary>
    /// <returns>Ids in ordinal order; one of these where it descends from another, or from itself by way of others.</returns>
    public async Task<IReadOnlyList<string>> OfAsync(string tenant, IReadOnlyList<string> skillIds, CancellationToken ct = default)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        for (var from = skillIds; from.Count > 0;) from = [.. (await NextAsync(tenant, from, ct)).Where(found.Add)];
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
