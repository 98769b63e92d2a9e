using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Search;

/// <summary>What indexes are made from: the skill catalogue, which follows the sealed order, and the packages' texts.</summary>
public sealed class IndexSource(NpgsqlDataSource dataSource, EventStore store)
{
    private const string Catalogue = "skill_catalogue";

    /// <summary>As many are read at a time.</summary>
    public const int MostSkills = 200;

    /// <summary>The next leaf that the catalogue has to read. Ask for it before the rows: what comes in between is then read twice, and nothing never.</summary>
    public async Task<long> LeafAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("projection_position"));
        command.Parameters.AddText(Catalogue);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The skills whose last event is from one leaf to before another, by that leaf; in portions, so that a library need not fit in memory with its texts.</summary>
    /// <param name="isKnown">Versions whose text is not needed, since their package is known.</param>
    public async IAsyncEnumerable<IReadOnlyList<IndexedSkill>> ChangesAsync(
        long from, long to, Func<IndexedVersion, bool>? isKnown = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct = default)
    {
        while (from < to)
        {
            var skills = await RowsAsync(from, to, ct);
            if (skills.Count == 0) yield break;
            from = skills[^1].Leaf + 1;
            yield return await WithTextsAsync(skills, isKnown ?? (_ => false), ct);
        }
    }

    /// <summary>Of those skills that there are, the leaf of the last event as it is now.</summary>
    public async Task<IReadOnlyDictionary<(string Tenant, string SkillId), long>> LeavesAsync(IReadOnlyCollection<(string Tenant, string SkillId)> skills, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("skill_index_leaves"));
        command.Parameters.AddTexts([.. skills.Select(s => s.Tenant)]);
        command.Parameters.AddTexts([.. skills.Select(s => s.SkillId)]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var leaves = new Dictionary<(string, string), long>();
        while (await reader.ReadAsync(ct)) leaves[(reader.GetString(0), reader.GetString(1))] = reader.GetInt64(2);
        return leaves;
    }

    private async Task<List<IndexedSkill>> WithTextsAsync(List<Row> skills, Func<IndexedVersion, bool> isKnown, CancellationToken ct)
    {
        var wanted = skills.SelectMany(s => s.Versions).Where(v => v.SkillFile is not null && !isKnown(v.Version)).Select(v => v.SkillFile!).Distinct().ToList();
        var texts = await TextsAsync(wanted, ct);
        return skills.ConvertAll(s => new IndexedSkill(s.Tenant, s.SkillId, s.Leaf, [.. s.Versions.Select(v => v.SkillFile is { } file && texts.TryGetValue(file, out var text)
            ? v.Version with { Text = Encoding.UTF8.GetString(text) }
            : v.Version)]));
    }

    // One content that was altered must not keep all the others from being found.
    private async Task<IReadOnlyDictionary<string, byte[]>> TextsAsync(IReadOnlyList<string> digests, CancellationToken ct)
    {
        try
        {
            return await store.ReadContentsAsync(digests, ct);
        }
        catch (ContentCorruptedException)
        {
            if (digests.Count == 1) return ImmutableDictionary<string, byte[]>.Empty;
            var texts = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var digest in digests)
                foreach (var (sound, text) in await TextsAsync([digest], ct)) texts[sound] = text;
            return texts;
        }
    }

    private async Task<List<Row>> RowsAsync(long from, long to, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("skill_index_changes"));
        command.Parameters.AddNumber(from);
        command.Parameters.AddNumber(to);
        command.Parameters.AddNumber(MostSkills);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<Row> skills = [];
        while (await reader.ReadAsync(ct))
        {
            var (tenant, id) = (reader.GetString(0), reader.GetString(1));
            if (skills.Count == 0 || skills[^1].Leaf != reader.GetInt64(7)) skills.Add(new(tenant, id, reader.GetInt64(7), []));
            if (await reader.IsDBNullAsync(9, ct)) continue;
            var (version, tier) = (reader.GetInt32(9), Enum.Parse<Tier>(reader.GetString(12), ignoreCase: true));
            if (skills[^1].Versions.Count == 0)
                skills[^1] = skills[^1] with { Aliases = Read<Dictionary<string, int>>(reader.GetString(8)), Shares = Read<Dictionary<string, AliasShare>>(reader.GetString(14)) };
            skills[^1].Versions.Add((new()
            {
                Tenant = tenant,
                SkillId = id,
                Name = reader.GetString(2),
                Version = version,
                Digest = reader.GetString(10),
                Description = reader.GetString(11),
                Text = "",
                Environment = reader.GetString(3),
                Kind = Enum.Parse<SkillKind>(reader.GetString(4), ignoreCase: true),
                Tier = tier,
                Aliases = [],
                VariantOf = reader.GetString(5),
                Model = reader.GetString(6),
                Leaf = reader.GetInt64(7),
            }, await reader.IsDBNullAsync(13, ct) ? null : reader.GetString(13)));
        }
        return skills.ConvertAll(Served);
    }

    private static Row Served(Row skill)
    {
        var table = new AliasTable(skill.SkillId, skill.Aliases, skill.Shares, skill.Versions.ToDictionary(v => v.Version.Version, v => new VersionStanding(v.Version.Digest, v.Version.Tier)));
        return skill with { Versions = [.. skill.Versions.Select(v => (v.Version with { Aliases = ServingRule.AliasesOf(v.Version.Version, table) }, v.SkillFile)).Where(v => v.Item1.Aliases.Count > 0)] };
    }

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, LedgerJson.Options)!;

    private sealed record Row(string Tenant, string SkillId, long Leaf, List<(IndexedVersion Version, string? SkillFile)> Versions)
    {
        public IReadOnlyDictionary<string, int> Aliases { get; init; } = ImmutableDictionary<string, int>.Empty;
        public IReadOnlyDictionary<string, AliasShare> Shares { get; init; } = ImmutableDictionary<string, AliasShare>.Empty;
    }
}
