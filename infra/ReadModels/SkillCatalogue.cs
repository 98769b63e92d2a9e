using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.ReadModels;

/// <summary>The skills there are, and all their versions.</summary>
public sealed class SkillCatalogue : IProjection
{
    public string Name => "skill_catalogue";

    public IReadOnlyList<string> Tables => ["skill_catalogue", "skill_versions"];

    public async Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        var skills = (await TouchedStreams.ReadAsync(connection, Streams.Skill, events, cancellationToken))
            .Select(SkillFold.Of).Where(s => s.Skill.Lifecycle != Lifecycle.Unborn).ToList();
        await ReadModelRows.WriteAsync(connection, "skill_catalogue_put", skills.ConvertAll(Row), cancellationToken);
        await ReadModelRows.WriteAsync(connection, "skill_versions_put", skills.SelectMany(VersionRows).ToList(), cancellationToken);
    }

    private static CataloguedSkill Row(SkillFold fold)
    {
        var skill = fold.Skill;
        var latest = skill.AtLatest;
        return new()
        {
            TenantId = fold.First.Context.Tenant,
            SkillId = skill.Id,
            Name = skill.Name,
            Description = (latest ?? skill.Current!).Description,
            Environment = skill.Environment,
            FamilyId = skill.FamilyId,
            Origin = skill.Origin,
            Kind = skill.Kind,
            Status = skill.Lifecycle,
            AbsorbedInto = skill.AbsorbedInto?.SkillId,
            VariantOf = skill.VariantOf?.SkillId,
            Model = skill.Model,
            CurrentVersion = skill.Current!.Number,
            LatestVersion = latest?.Number,
            LatestDigest = latest?.PackageDigest,
            Versions = skill.Versions.Count,
            Aliases = skill.Aliases,
            Shares = skill.Shares,
            CreatedAt = fold.First.Context.RecordedAt,
            UpdatedAt = fold.Last.Context.RecordedAt,
            CreatedLeaf = fold.First.Leaf!.Value,
            UpdatedLeaf = fold.Last.Leaf!.Value,
        };
    }

    private static IEnumerable<CataloguedVersion> VersionRows(SkillFold fold) => fold.Skill.Versions.Zip(fold.Made, (version, made) => new CataloguedVersion
    {
        TenantId = fold.First.Context.Tenant,
        SkillId = fold.Skill.Id,
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
        Revoked = fold.Skill.IsRevoked(version),
        CreatedAt = made.By.Context.RecordedAt,
        Leaf = made.By.Leaf!.Value,
    });

    /// <summary>A skill's state together with what only its events say: the contents of its versions, and when things happened.</summary>
    private sealed record SkillFold(Skill Skill, IReadOnlyList<MadeVersion> Made, RecordedEvent First, RecordedEvent Last)
    {
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

    private sealed record MadeVersion(VersionContent Content, RecordedEvent By);
}
