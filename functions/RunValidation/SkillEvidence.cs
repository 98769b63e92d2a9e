using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Grounding;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Reads what stands behind a version: what was recorded with it and with those that it was made from, and the runs of its families.</summary>
public sealed class SkillEvidence(EventStore store, LedgerWriter ledger, StoredPackages packages, EpisodeReader episodes, ActivePolicies policies)
{
    public static VersionContent ContentOf(ValidationCase @case) => VersionContents.Of(@case.Stream.Select(e => e.Event))[@case.Version.Number];

    /// <summary>The versions that the judged one was made from, as far as their packages are there.</summary>
    public async Task<IReadOnlyList<ParentVersion>> ParentsAsync(ValidationCase @case, CancellationToken ct)
    {
        var parents = new List<ParentVersion>();
        foreach (var reference in @case.Version.Parents)
        {
            var stream = reference.SkillId == @case.Skill.Id ? @case.Stream : await store.ReadStreamAsync(@case.Tenant, Streams.Of(Streams.Skill, reference.SkillId), ct: ct);
            if (!VersionContents.Of(stream.Select(e => e.Event)).TryGetValue(reference.Version, out var content)) continue;
            if (await packages.ReadAsync(content.Package, ct) is { } package) parents.Add(new(Skill.Fold(stream.Select(e => e.Event)), new(package, content)));
        }
        return parents;
    }

    /// <summary>The families that the skill is learned from, the one that it is about first; none for one that was not learned here.</summary>
    public async Task<IReadOnlyList<Family>> FamiliesAsync(ValidationCase @case, CancellationToken ct)
    {
        if (@case.Skill.FamilyId.Length == 0) return [];
        var family = await KinReader.AloneAsync(ledger.Reader(@case.Tenant, ct), await FamilyAsync(@case.Tenant, @case.Skill.FamilyId, ct));
        var kin = MergedFamilies.KinOf(family);
        var families = new List<Family>();
        foreach (var id in kin) families.Add(id == family.Id ? family : await FamilyAsync(@case.Tenant, id, ct));
        return kin.Count == 0 ? [family] : families;
    }

    /// <summary>The episodes behind those of the families' evidence that are wanted, as far as they can be read.</summary>
    public async Task<IReadOnlyList<MinedEpisode>> EpisodesAsync(
        string tenant, IReadOnlyList<Family> families, Func<IEnumerable<FamilyEvent.EvidenceAdmitted>, IReadOnlyList<FamilyEvent.EvidenceAdmitted>> wanted, CancellationToken ct)
    {
        var mined = new List<MinedEpisode>();
        foreach (var family in families) mined.AddRange(await episodes.ReadAsync(tenant, family.Id, wanted(family.Evidence), ct));
        return mined;
    }

    /// <summary>Null where none is active.</summary>
    public async Task<CurationPolicy?> PolicyAsync(string tenant, CancellationToken ct) => (await policies.LoadAsync(tenant, ct)).At(long.MaxValue)?.Policy;

    private async Task<Family> FamilyAsync(string tenant, string id, CancellationToken ct) =>
        FamilyHistory.AsOfLeaf(await store.ReadStreamAsync(tenant, Streams.Of(Streams.Family, id), sealedOnly: true, ct: ct), long.MaxValue);
}

/// <param name="Skill">Whose version it is, as it stands.</param>
public sealed record ParentVersion(Skill Skill, ComposedVersion Version);
