using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Reruns;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

internal static class PolicyEndpoints
{
    internal const int LongestPolicy = 64 * 1024;

    public static void MapPolicies(this RouteGroupBuilder api)
    {
        var policies = api.MapGroup("/policies").WithTags("policies").Needs(Role.Reader);
        policies.MapGet("/", ListAsync).WithName("ListPolicies").WithSummary("Policies that are published, which one is active, and those that the program comes with.");
        policies.MapGet("/{id}", ShowAsync).WithName("ShowPolicy").WithSummary("A policy's file: a published version, else the one that the program comes with.");
        policies.MapPost("/", PublishAsync).WithName("PublishPolicy").Accepts<string>("application/yaml").WithSummary("Publishes a policy file; what is published never changes.").Needs(Role.Admin);
        policies.MapPost("/{id}/activate", ActivateAsync).WithName("ActivatePolicy").WithSummary("Curation decides by it from now on. One that the program comes with is published first.").Needs(Role.Admin);
    }

    private static async Task<IResult> ListAsync(EventStore store, CancellationToken ct)
    {
        var shelf = await ShelfAsync(store, ct);
        var shipped = NamedPolicies.ShippedIds();
        return Results.Ok(new
        {
            shelf.Active,
            Published = shelf.Published.Select(p => new { p.Id, p.Version, p.Digest, Active = p == shelf.Active }),
            Shipped = shipped,
        });
    }

    private static async Task<IResult> ShowAsync(string id, EventStore store, CancellationToken ct, int? version = null)
    {
        var shelf = await ShelfAsync(store, ct);
        var published = shelf.Published.Where(p => p.Id == id && (version is null || p.Version == version)).MaxBy(p => p.Version);
        var bytes = published is not null ? await store.ReadContentAsync(published.Digest, ct) : version is null ? await NamedPolicies.ShippedAsync(id, ct) : null;
        if (bytes is null) return Unknown(id, version);
        var named = NamedPolicies.Read(bytes);
        return Results.Ok(new { named.Reference.Id, named.Reference.Version, named.Reference.Digest, Active = named.Reference == shelf.Active, Published = published is not null, named.Policy.Rules, Text = Encoding.UTF8.GetString(bytes) });
    }

    private static async Task<IResult> PublishAsync(HttpRequest request, PolicyCommands commands, CancellationToken ct)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        try
        {
            if (body.Length > LongestPolicy) throw new PolicyFileException($"it is longer than {LongestPolicy} bytes");
            return Answer(await commands.PublishAsync(body.ToArray(), ct));
        }
        catch (PolicyFileException e)
        {
            return Problems.Result(StatusCodes.Status400BadRequest, "policy-unusable", e.Message);
        }
    }

    private static async Task<IResult> ActivateAsync(string id, ActivationBody body, EventStore store, PolicyCommands commands, CancellationToken ct)
    {
        var shelf = await ShelfAsync(store, ct);
        var published = shelf.Published.Where(p => p.Id == id && (body.Version is null || p.Version == body.Version)).MaxBy(p => p.Version);
        if (published is not null) return Answer(await commands.ActivateAsync(published.Digest, body.Reason ?? "", ct));
        if (body.Version is not null || await NamedPolicies.ShippedAsync(id, ct) is not { } shipped) return Unknown(id, body.Version);
        return await commands.PublishAsync(shipped, ct) switch
        {
            PolicyOutcome.Done done => Answer(await commands.ActivateAsync(done.Policy.Digest, body.Reason ?? "", ct)),
            var refused => Answer(refused),
        };
    }

    internal static IResult Answer(PolicyOutcome outcome) => outcome switch
    {
        PolicyOutcome.Done done => Results.Ok(new { done.Policy.Id, done.Policy.Version, done.Policy.Digest, done.Active, done.Events }),
        PolicyOutcome.Refused refused => Problems.Result(StatusCodes.Status409Conflict, refused.Code, refused.Message),
        _ => throw new InvalidOperationException($"no answer for {outcome}"),
    };

    private static IResult Unknown(string id, int? version) => Problems.Result(
        StatusCodes.Status404NotFound, "policy-unknown",
        $"{(version is null ? $"no policy '{id}'" : $"no version {version} of a policy '{id}'")} is published, and the program comes with {string.Join(", ", NamedPolicies.ShippedIds())}");

    private static async Task<PolicyShelf> ShelfAsync(EventStore store, CancellationToken ct) =>
        PolicyShelf.Fold((await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Policy, PolicyShelf.Id), ct: ct)).Select(e => e.Event));
}

/// <param name="Version">Null: the newest that is published.</param>
internal sealed record ActivationBody(int? Version, string? Reason);
