using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Carries a revocation that is on record into other skills, some at a time: they are many where a package stands under many ids, and whoever
/// writes to one of them must not keep the others from it.</summary>
/// <remarks>No version of the package is made meanwhile, so there is an end to it. What is left over, the sweep takes up.</remarks>
public sealed class RevocationSpread(LedgerWriter ledger, SkillLineage lineage, PackageHolders packages)
{
    private const int AtOnce = 20;
    private const int MostPackages = 20;

    /// <param name="because">Of the revocation; so are the events that follow from it.</param>
    /// <param name="most">So many other skills at most.</param>
    public async Task<SpreadRevocation> SpreadAsync(EventContext because, PackageRevocation first, int most, CancellationToken ct)
    {
        var left = await LeftAsync(because.Tenant, first, ct);
        var revoked = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var some in left.Take(most).Chunk(AtOnce)) await RevokeAsync(because, first, some, revoked, ct);
        var quarantined = await QuarantineAsync(because, [first.SkillId, .. revoked.Where(id => id != first.SkillId)], first.PackageDigest, ct);
        return new([.. revoked], quarantined, revoked.Count == left.Count ? 0 : (await LeftAsync(because.Tenant, first, ct)).Count);
    }

    /// <summary>Takes up what was left over, of all packages.</summary>
    /// <param name="most">So many skills of each at most.</param>
    public async Task ResumeAsync(string tenant, int most, CancellationToken ct)
    {
        foreach (var digest in await packages.HalfRevokedAsync(tenant, MostPackages, ct))
        {
            if (await packages.FirstRevocationAsync(tenant, [digest], ct) is not { } first) continue;
            var because = new EventContext
            {
                Tenant = tenant,
                Actor = first.By ?? new(ActorKind.System, "revocation"),
                CausationId = digest,
                CorrelationId = Streams.Of(Streams.Skill, first.SkillId),
                DecidedBy = ProgramVersion.Name,
                RecordedAt = default,
            };
            await SpreadAsync(because, first, most, ct);
        }
    }

    private async Task<IReadOnlyList<string>> LeftAsync(string tenant, PackageRevocation first, CancellationToken ct) =>
        [.. (await packages.OfAsync(tenant, [first.PackageDigest], ct)).Except(await packages.RevokedAsync(tenant, [first.PackageDigest], ct), StringComparer.Ordinal).Where(id => id != first.SkillId)];

    private async Task RevokeAsync(EventContext because, PackageRevocation first, string[] skillIds, SortedSet<string> revoked, CancellationToken ct)
    {
        IReadOnlyList<StreamAppend> appends = [];
        switch (await ledger.WriteAsync(because, async read => new(Decision.Nothing, appends = await lineage.RevokeAsync(read, skillIds, first, ct)), ct))
        {
            case WriteOutcome.Written:
                revoked.UnionWith(appends.Select(a => Streams.IdOf(a.StreamId)));
                break;
            // One that somebody keeps writing to holds up itself only.
            case WriteOutcome.Contended when skillIds.Length > 1:
                foreach (var id in skillIds) await RevokeAsync(because, first, [id], revoked, ct);
                break;
        }
    }

    private async Task<IReadOnlyList<string>> QuarantineAsync(EventContext because, IReadOnlyCollection<string> skillIds, string packageDigest, CancellationToken ct)
    {
        var quarantined = new SortedSet<string>(StringComparer.Ordinal);
        while (true)
        {
            IReadOnlyList<StreamAppend> appends = [];
            var outcome = await ledger.WriteAsync(because, async read => new(Decision.Nothing, appends = await lineage.QuarantineAsync(read, skillIds, packageDigest, AtOnce, ct)), ct);
            // What could not be written now is quarantined by the review of tiers: a parent of it is revoked.
            if (outcome is not WriteOutcome.Written { Events.Count: > 0 }) return [.. quarantined];
            quarantined.UnionWith(appends.Where(a => a.Events.Any(e => e is SkillEvent.TierDecided { Policy: TierRules.Revocation })).Select(a => Streams.IdOf(a.StreamId)));
        }
    }
}

/// <param name="Revoked">Other skills that have lost the package by this, in ordinal order.</param>
/// <param name="Quarantined">Skills that had something of it in them.</param>
/// <param name="ToCome">How many skills still have it.</param>
public sealed record SpreadRevocation(IReadOnlyList<string> Revoked, IReadOnlyList<string> Quarantined, int ToCome);
