using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

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
        await ReadModelRows.WriteAsync(connection, "skill_catalogue_put", skills.ConvertAll(s => s.Row()), cancellationToken);
        await ReadModelRows.WriteAsync(connection, "skill_versions_put", skills.SelectMany(s => s.VersionRows()).ToList(), cancellationToken);
    }
}
