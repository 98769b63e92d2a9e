using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.ReadModels;

/// <summary>A skill's state together with what only its events say: the contents of its versions, and when things happened. The catalogue's rows
/// are made of it; of a stream as it was at some leaf it gives the rows of that time.</summary>
public sealed record SkillFold(Skill Skill, IReadOnlyList<MadeVersion> Made, RecordedEvent First, RecordedEvent Last)
{
    /// <param name="stream">Sealed events of one skill by version; at least one.</param>
    public static SkillFold Of(IReadOnlyList<RecordedEvent> stream)
    {
        var (skill, made) = (Skill.None, new List<MadeVersion>());
        foreach (var recorded in stream)
        {
            var before = skill.Versions.Count;
            skill = Skill.Evolve(skill, recorded.Event);
            if (skill.Versions.Count > before) made.Add(new(ContentOf(recorded.Event, made), recorded));
        }
        return new(skill, made, stream[0], stream[^1]);
    }

    public CataloguedSkill Row()
    {
        var latest = Skill.AtLatest;
        return new()
        {
            TenantId = First.Context.Tenant,
            SkillId = Skill.Id,
            Name = Skill.Name,
            Description = (latest ?? Skill.Current!).Description,
            Environment = Skill.Environment,
            FamilyId = Skill.FamilyId,
            Origin = Skill.Origin,
            Kind = Skill.Kind,
            Status = Skill.Lifecycle,
            AbsorbedInto = Skill.AbsorbedInto?.SkillId,
            VariantOf = Skill.VariantOf?.SkillId,
            Model = Skill.Model,
            CurrentVersion = Skill.Current!.Number,
            LatestVersion = latest?.Number,
            LatestDigest = latest?.PackageDigest,
            Versions = Skill.Versions.Count,
            Aliases = Skill.Aliases,
            Shares = Skill.Shares,
            CreatedAt = First.Context.RecordedAt,
            UpdatedAt = Last.Context.RecordedAt,
            CreatedLeaf = First.Leaf!.Value,
            UpdatedLeaf = Last.Leaf!.Value,
        };
    }

    public IEnumerable<CataloguedVersion> VersionRows() => Skill.Versions.Zip(Made, (version, made) => new CataloguedVersion
    {
        TenantId = First.Context.Tenant,
        SkillId = Skill.Id,
        Version = version.Number,
        Operation = version.Operation,
        PackageDigest = version.PackageDigest,
        Manifest = made.Content.Package,
        Description = version.Description,
        Parents = version.Parents,
        Composer = made.Content.Composer,
        Rationale = made.Content.Rationale,
        Taint = made.Content.Taint,
        Tier = version.Tier,
        Revoked = Skill.IsRevoked(version),
        CreatedAt = made.By.Context.RecordedAt,
        Leaf = made.By.Leaf!.Value,
    });

    // A version that was restored has the content of the one that it restores.
    private static VersionContent ContentOf(ILedgerEvent @event, List<MadeVersion> made) => @event switch
    {
        SkillCreated e => e.Content,
        SkillImproved e => e.Content,
        SkillMerged e => e.Content,
        SkillRolledBack e => made[e.RestoredVersion - 1].Content with { Rationale = e.Reason },
        MergeUndone { RestoredVersion: { } restored } e => made[restored - 1].Content with { Rationale = e.Reason },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} makes no version"),
    };
}

/// <param name="By">The event that made it.</param>
public sealed record MadeVersion(VersionContent Content, RecordedEvent By);
