using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>Which skills have a package, whatever they are called: the same bytes can stand under several ids. What is committed counts, sealed or not.</summary>
public sealed class PackageHolders(NpgsqlDataSource db)
{
    /// <summary>Skills with a version that has one of these packages, revoked or not.</summary>
    /// <returns>Ids in ordinal order.</returns>
    public Task<IReadOnlyList<string>> OfAsync(string tenant, IReadOnlyCollection<string> digests, CancellationToken ct = default) => SkillsAsync("package_holders", tenant, digests, ct);

    /// <summary>Those of them that have lost it.</summary>
    /// <returns>Ids in ordinal order.</returns>
    public Task<IReadOnlyList<string>> RevokedAsync(string tenant, IReadOnlyCollection<string> digests, CancellationToken ct = default) => SkillsAsync("package_revoked", tenant, digests, ct);

    /// <returns>Null where none of these packages is revoked anywhere.</returns>
    public async Task<PackageRevocation?> FirstRevocationAsync(string tenant, IReadOnlyCollection<string> digests, CancellationToken ct = default)
    {
        await using var command = Command("package_first_revocation", tenant, digests);
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var by = EventHeaders.Read(reader.GetString(5)).Actor;
        return new(
            Streams.IdOf(reader.GetString(0)), reader.GetInt32(2), reader.GetString(1), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4), by is null ? null : Actor.Parse(by));
    }

    /// <summary>Packages that are revoked in one skill and not in another, as far as the read model has come.</summary>
    /// <returns>Digests in ordinal order.</returns>
    public async Task<IReadOnlyList<string>> HalfRevokedAsync(string tenant, int limit, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("package_half_revoked"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddNumber(limit);
        return await TextsAsync(command, ct);
    }

    private async Task<IReadOnlyList<string>> SkillsAsync(string statement, string tenant, IReadOnlyCollection<string> digests, CancellationToken ct)
    {
        await using var command = Command(statement, tenant, digests);
        return [.. (await TextsAsync(command, ct)).Select(Streams.IdOf).Order(StringComparer.Ordinal)];
    }

    private NpgsqlCommand Command(string statement, string tenant, IReadOnlyCollection<string> digests)
    {
        var command = db.CreateCommand(SqlText.Of(statement));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. digests]);
        return command;
    }

    private static async Task<List<string>> TextsAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var texts = new List<string>();
        while (await reader.ReadAsync(ct)) texts.Add(reader.GetString(0));
        return texts;
    }
}

/// <summary>Where a package was revoked.</summary>
/// <param name="By">Null where the event does not say.</param>
public sealed record PackageRevocation(string SkillId, int Version, string PackageDigest, string Reason, DateTimeOffset At, Actor? By);
