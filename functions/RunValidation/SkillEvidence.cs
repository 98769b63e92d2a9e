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

    /// <summary>How far a skill is judged by the evidence that there is by now: of the families that it is learned from, the one that it is about first;
    /// none for one that was not learned here.</summary>
    public static async Task<IReadOnlyList<EvidenceCut>> CutsAsync(LedgerReader read, Skill skill)
    {
        if (skill.FamilyId.Length == 0) return [];
        var family = await KinReader.AloneAsync(read, (await read.FoldAsync(Streams.Of(Streams.Family, skill.FamilyId), Family.None, Family.Evolve)).State);
        var kin = MergedFamilies.KinOf(family);
        if (kin.Count == 0) kin = [family.Id];
        var cuts = new List<EvidenceCut>();
        foreach (var id in kin)
            if (EvidenceCut.Of(id == family.Id ? family : (await read.FoldAsync(Streams.Of(Streams.Family, id), Family.None, Family.Evolve)).State) is { } cut) cuts.Add(cut);
        return cuts;
    }

    /// <summary>The families behind the evidence that the case is to be judged by, with just that.</summary>
    public async Task<IReadOnlyList<Family>> FamiliesAsync(ValidationCase @case, CancellationToken ct)
    {
        var families = new List<Family>();
        foreach (var (id, through) in @case.Evidence)
            families.Add(FamilyHistory.ThroughEvidence(await store.ReadStreamAsync(@case.Tenant, Streams.Of(Streams.Family, id), ct: ct), through));
        return families;
    }

    /// <summary>The same, each as the skill is learned from it: a sibling from its model's runs alone, any other without those of models that have a living
    /// sibling. What other models do says nothing of it.</summary>
    public async Task<IReadOnlyList<Family>> OwnFamiliesAsync(ValidationCase @case, CancellationToken ct)
    {
        var (own, read) = (new List<Family>(), ledger.Reader(@case.Tenant, ct));
        foreach (var family in await FamiliesAsync(@case, ct))
            own.Add(@case.Skill is { VariantOf: not null, Model: { Length: > 0 } model } ? family.SiblingFor(model) : await KinReader.MainAsync(read, family));
        return own;
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
}

/// <param name="Skill">Whose version it is, as it stands.</param>
public sealed record ParentVersion(Skill Skill, ComposedVersion Version);
