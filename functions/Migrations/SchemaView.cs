using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Migrations;

/// <param name="Program">The version of the program that compared.</param>
/// <param name="Major">The major version that it knows.</param>
/// <param name="Found">The one that is there; 0 in an empty database.</param>
/// <param name="UpToDate">Whether the program can work with it as it is.</param>
internal sealed record SchemaView(string Program, int Major, int Found, bool UpToDate, IReadOnlyList<string> Pending, IReadOnlyList<AppliedStep> Applied)
{
    public bool IsTooNew => Found > Major;

    public static SchemaView Of(SchemaPlan plan) => new(ProgramVersion.Number, SchemaMigration.Major, plan.Found, plan.IsCurrent, plan.Pending, plan.Applied);
}

/// <param name="Applied">The steps that were applied now; none when nothing was to be done.</param>
internal sealed record MigratedView(IReadOnlyList<string> Applied, SchemaView Schema)
{
    /// <exception cref="SchemaTooNewException">A newer program changed the schema in a way that this one cannot work with.</exception>
    public static async Task<MigratedView> ApplyAsync(SchemaMigration migration, CancellationToken ct)
    {
        var applied = await migration.ApplyAsync(ct);
        return new(applied, SchemaView.Of(await migration.PlanAsync(ct)));
    }
}
