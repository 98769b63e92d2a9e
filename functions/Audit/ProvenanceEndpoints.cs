using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.Audit;

/// <summary>What is behind a version: as a bundle that proves it, as a table or a graph, and as other tools read it.</summary>
internal static class ProvenanceEndpoints
{
    public static void MapProvenance(this RouteGroupBuilder api)
    {
        var skills = api.MapGroup("/audit/skills").WithTags("audit").Needs(Role.Auditor).AddEndpointFilter(async (call, next) =>
        {
            try
            {
                return await next(call);
            }
            catch (Exception e) when (e is LogDamagedException or TreeNodeMissingException)
            {
                return Problems.Result(StatusCodes.Status409Conflict, "log-damaged", $"{e.Message}; `audit verify` says more");
            }
        });
        skills.MapGet("/{id}/versions/{number:int}/bundle", BundleAsync).WithName("AuditBundle").WithSummary("A version with all that proves where it came from, to be checked without the ledger.");
        skills.MapGet("/{id}/versions/{number:int}/in-toto", StatementAsync).WithName("AuditInToto").WithSummary("Where a version came from, as an in-toto statement in a signed DSSE envelope.");
        skills.MapGet("/{id}/provenance", ProvenanceAsync).WithName("AuditProvenance").WithSummary("Where a version came from, section by section: `?version=N`, else the one that is served.");
    }

    private static async Task<IResult> BundleAsync(string id, int number, SkillViews views, Bundles bundles, CancellationToken ct)
    {
        if ((await views.FindAsync(id, ct)).Value is not { } skill) return SkillEndpoints.NotFound(id);
        switch (await bundles.MakeAsync(skill.SkillId, number, ct))
        {
            case BundleOutcome.Made made:
                return Results.File(made.Bundle.Write(), "application/json", $"{skill.SkillId}@{number}.bundle.json");
            case BundleOutcome.Refused refused:
                return Problems.Result(StatusCodes.Status409Conflict, refused.Code, refused.Message);
            default:
                return SkillEndpoints.NoVersion(skill, number);
        }
    }

    private static async Task<IResult> ProvenanceAsync(string id, SkillViews views, Provenances provenances, SignedLog log, CancellationToken ct, int? version = null)
    {
        if ((await views.FindAsync(id, ct)).Value is not { } skill) return SkillEndpoints.NotFound(id);
        if (await log.NowAsync(ct) is not { } signed) return Unsigned();
        var number = version ?? await ServedAsync(views, skill, ct);
        return await provenances.OfAsync(skill.SkillId, number, signed.Checkpoint.Checkpoint.Size, "", ct) is { } found ? Results.Ok(found.Told) : SkillEndpoints.NoVersion(skill, number);
    }

    private static async Task<IResult> StatementAsync(string id, int number, SkillViews views, Provenances provenances, VersionTrails trails, SignedLog log, CancellationToken ct)
    {
        if ((await views.FindAsync(id, ct)).Value is not { } skill) return SkillEndpoints.NotFound(id);
        var toSign = await log.ToSignAsync(ct);
        if (toSign is ToSign.Refused refused) return Problems.Result(StatusCodes.Status409Conflict, refused.Code, refused.Message);
        var signed = (ToSign.Ready)toSign;
        if (await provenances.OfAsync(skill.SkillId, number, signed.Checkpoint.Checkpoint.Size, "", ct) is not { } found) return SkillEndpoints.NoVersion(skill, number);
        await trails.ProveAsync([.. found.Trails.SelectMany(t => t.Events).DistinctBy(e => e.Leaf)], signed.Checkpoint.Checkpoint, ct);
        var payload = ProvenanceStatement.Of(found.Told, found.Trails[0].Version!.Package, signed.Checkpoint.Note, signed.Keys).Write();
        var signature = await signed.Signer.SignAsync(DsseEnvelope.SignedBytes(ProvenanceStatement.PayloadType, payload), ct);
        return Results.Bytes(DsseEnvelope.Of(ProvenanceStatement.PayloadType, payload, signed.Signer.Key, signature).Write(), "application/json");
    }

    private static async Task<int> ServedAsync(SkillViews views, CataloguedSkill skill, CancellationToken ct) =>
        ServedSkill.Of(skill, await views.VersionsAsync(skill.SkillId, ct), ServedSkill.Latest, null).Version?.Version ?? skill.CurrentVersion;

    private static IResult Unsigned() => Problems.Result(StatusCodes.Status409Conflict, "no-checkpoint", "nothing is signed yet; there is a checkpoint a second after the first events are sealed");
}
