using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Skills that a search takes for one another, by the measure that curation decides by.</summary>
public sealed class ConfusableSkills(IndexSource source, LedgerFollower follower, ActivePolicies policies) : IDisposable
{
    /// <summary>No report has more pairs.</summary>
    public const int MostPairs = 1000;

    // To compare thousands takes a while and nearly all of a processor: one at a time, and not again while nothing has changed.
    private readonly SemaphoreSlim _comparing = new(1);
    private (string Tenant, string Environment, double Above, ConfusableReport Report)? _last;

    public void Dispose() => _comparing.Dispose();

    /// <param name="environment">Empty: of all, each compared within its own.</param>
    /// <param name="above">As <see cref="Confusion.PairsAbove"/> takes it.</param>
    public async Task<ConfusableReport> FindAsync(string tenant, string environment, double above, int limit, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        await _comparing.WaitAsync(ct);
        try
        {
            var leaf = await source.LeafAsync(ct);
            if (_last is not { } last || (last.Tenant, last.Environment, last.Above, last.Report.Leaf) != (tenant, environment, above, leaf))
                _last = last = (tenant, environment, above, await CompareAsync(leaf, tenant, environment, above, ct));
            return last.Report with { Pairs = [.. last.Report.Pairs.Take(limit)] };
        }
        finally
        {
            _comparing.Release();
        }
    }

    private async Task<ConfusableReport> CompareAsync(long leaf, string tenant, string environment, double above, CancellationToken ct)
    {
        var served = new Dictionary<string, IndexedVersion>(StringComparer.Ordinal);
        await foreach (var skills in source.ChangesAsync(0, leaf, ct: ct))
            foreach (var version in skills.SelectMany(s => s.Versions).Where(v => v.Tenant == tenant && v.VariantOf.Length == 0 && v.Aliases.Contains(ServingRule.Alias, StringComparer.Ordinal)))
                if (environment.Length == 0 || version.Environment == environment) served[version.SkillId] = version;

        var pairs = served.Values.GroupBy(v => v.Environment, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .SelectMany(g => new Confusion(g.Select(v => new SkillWords(v.SkillId, v.Description, v.Text))).PairsAbove(above, ct))
            .OrderByDescending(p => p.Mutual).ThenByDescending(p => p.Most).ThenBy(p => p.One, StringComparer.Ordinal).ThenBy(p => p.Other, StringComparer.Ordinal).ToList();
        var merges = (await policies.LoadAsync(tenant, ct)).At(leaf)?.Policy.MergeConfusedAbove ?? 0;
        return new(leaf, served.Count, pairs.Count, merges, [.. pairs.Take(MostPairs).Select(p => ViewOf(p, served[p.One], served[p.Other]))]);
    }

    private static ConfusableView ViewOf(ConfusablePair pair, IndexedVersion one, IndexedVersion other) =>
        new(one.Environment, new(one.SkillId, one.Name, one.Version), new(other.SkillId, other.Name, other.Version), pair.OtherForOne, pair.OneForOther, pair.Mutual);
}

/// <param name="Skills">How many were compared.</param>
/// <param name="Found">How many pairs there are; <paramref name="Pairs"/> has the first of them.</param>
/// <param name="MergeConfusedAbove">From which mutual confusion on the active policy looks whether learned skills can be merged; 0: never for that.</param>
public sealed record ConfusableReport(long Leaf, int Skills, int Found, double MergeConfusedAbove, IReadOnlyList<ConfusableView> Pairs);

/// <param name="OtherForOne">For one's own description, the other's score by one's own; above 1 the other comes first.</param>
public sealed record ConfusableView(string Environment, ConfusableSkill One, ConfusableSkill Other, double OtherForOne, double OneForOther, double Mutual);

public sealed record ConfusableSkill(string Id, string Name, int Version);
