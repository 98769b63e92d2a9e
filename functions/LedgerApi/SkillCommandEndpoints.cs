using MediatR;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.LedgerApi;

internal static class SkillCommandEndpoints
{
    public static void MapSkillCommands(this RouteGroupBuilder api)
    {
        var skill = api.MapGroup("/skills/{id}").WithTags("skill commands").Needs(Role.Admin);
        skill.MapPost("/retire", (string id, ReasonBody body, HttpContext http, IMediator mediator) =>
            RunAsync(id, new SkillCommand.Retire(RetirementCause.ByHand, body.Reason ?? ""), http, mediator)).WithName("RetireSkill");
        skill.MapPost("/reinstate", (string id, ReasonBody body, HttpContext http, IMediator mediator) =>
            RunAsync(id, new SkillCommand.Reinstate(body.Reason ?? ""), http, mediator)).WithName("ReinstateSkill");
        skill.MapPost("/rollback", (string id, RollBackBody body, HttpContext http, IMediator mediator) =>
            RunAsync(id, new SkillCommand.RollBack(body.ToVersion, body.Reason ?? ""), http, mediator)).WithName("RollBackSkill");
        skill.MapPost("/revoke", (string id, RevokeBody body, HttpContext http, IMediator mediator) =>
            RunAsync(id, new SkillCommand.Revoke(body.Version, body.Reason ?? ""), http, mediator)).WithName("RevokeVersion");
        skill.MapPost("/variant", (string id, VariantBody body, HttpContext http, IMediator mediator) => string.IsNullOrEmpty(body.Model)
                ? Task.FromResult(Problems.Result(StatusCodes.Status400BadRequest, "model", "model is the model that the sibling is for, as its runs name it"))
                : RunAsync((ifMatch, key) => new AcceptVariant(id, body.Model, body.Reason ?? "", ifMatch, key), http, mediator))
            .WithName("AcceptVariant").WithSummary("Makes the sibling of a skill that is proposed for a model.");
    }

    internal static Task<IResult> RunAsync(string id, SkillCommand command, HttpContext http, IMediator mediator) =>
        RunAsync((ifMatch, key) => new RunSkillCommand(id, command, ifMatch, key), http, mediator);

    internal static async Task<IResult> RunAsync(Func<long?, string, IRequest<SkillCommandOutcome>> request, HttpContext http, IMediator mediator)
    {
        if (!TryReadIfMatch(http, out var ifMatch))
            return Problems.Result(StatusCodes.Status400BadRequest, "if-match", "If-Match is the skill's streamVersion in double quotes, e.g. \"5\"");
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        var outcome = await mediator.Send(request(ifMatch, key), http.RequestAborted);
        return outcome switch
        {
            SkillCommandOutcome.Ran ran => Results.Ok(ran.View),
            SkillCommandOutcome.Refused refused => Problems.Result(refused.Status, refused.Code, refused.Message),
            _ => throw new InvalidOperationException($"no answer for {outcome}"),
        };
    }

    internal static bool TryReadIfMatch(HttpContext http, out long? version)
    {
        var header = http.Request.Headers.IfMatch.ToString();
        version = long.TryParse(header.Trim('"'), out var parsed) ? parsed : null;
        return header.Length == 0 || version is not null;
    }
}

internal sealed record ReasonBody(string? Reason);

internal sealed record RollBackBody(int ToVersion, string? Reason);

internal sealed record RevokeBody(int Version, string? Reason);

internal sealed record VariantBody(string? Model, string? Reason);
