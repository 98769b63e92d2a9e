using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Migrations;

/// <summary>The database's schema, for admins: what is there, and bringing it up to this program. Who deploys may not reach the database; the program does.</summary>
internal static class SchemaEndpoints
{
    public const string Route = "/api/admin/schema";

    public static void MapSchema(this RouteGroupBuilder api)
    {
        var schema = api.MapGroup("/admin/schema").WithTags("admin").Needs(Role.Admin);
        schema.MapGet("/", PlanAsync).WithName("SchemaPlan").WithSummary("What of the database's schema is there, and what this program needs besides.");
        schema.MapPost("/migrate", MigrateAsync).WithName("MigrateSchema").WithSummary("Brings the schema up to this program; finds nothing to do when it is.");
    }

    private static async Task<IResult> PlanAsync(SchemaMigration migration, CancellationToken ct) => Results.Ok(SchemaView.Of(await migration.PlanAsync(ct)));

    // Who asked may have lost patience: a step that takes long is not undone for that.
    private static async Task<IResult> MigrateAsync(SchemaMigration migration, IHostApplicationLifetime lifetime)
    {
        try
        {
            return Results.Ok(await MigratedView.ApplyAsync(migration, lifetime.ApplicationStopping));
        }
        catch (SchemaTooNewException e)
        {
            return Problems.Result(StatusCodes.Status409Conflict, "schema-too-new", e.Message);
        }
    }
}
