using System.Text;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>The gates of the tiers: published and activated like policies of curation, and apart from them.</summary>
internal static class GateEndpoints
{
    public static void MapGates(this RouteGroupBuilder api)
    {
        var gates = api.MapGroup("/gates").WithTags("trust").Needs(Role.Reader);
        gates.MapGet("/", ListAsync).WithName("ListGates").WithSummary("Gates that are published, which are active, and those that the program comes with.");
        gates.MapGet("/{id}", ShowAsync).WithName("ShowGates").WithSummary("The file of gates: a published version, else what the program comes with.");
        gates.MapPost("/", PublishAsync).WithName("PublishGates").Accepts<string>("application/yaml").WithSummary("Publishes a file of gates; what is published never changes.").Needs(Role.Admin);
        gates.MapPost("/{id}/activate", ActivateAsync).WithName("ActivateGates").WithSummary("Tiers are decided by them from now on, of each skill with its next verdict, approval or version.").Needs(Role.Admin);
    }

    private static async Task<IResult> ListAsync(EventStore store, CancellationToken ct)
    {
        var shelf = await ShelfAsync(store, ct);
        return Results.Ok(new
        {
            shelf.Active,
            Published = shelf.Published.Select(p => new { p.Id, p.Version, p.Digest, Active = p == shelf.Active }),
            Shipped = ShippedGates.Ids(),
        });
    }

    private static async Task<IResult> ShowAsync(string id, EventStore store, CancellationToken ct, int? version = null)
    {
        var shelf = await ShelfAsync(store, ct);
        var published = Published(shelf, id, version);
        var bytes = published is not null ? await store.ReadContentAsync(published.Digest, ct) : version is null ? await ShippedGates.ReadAsync(id, ct) : null;
        if (bytes is null) return Unknown(id, version);
        var gates = GateFile.Parse(bytes);
        return Results.Ok(new { gates.Id, gates.Version, Digest = Digest.Of(bytes), Active = published is not null && published == shelf.Active, Published = published is not null, Text = Encoding.UTF8.GetString(bytes) });
    }

    private static async Task<IResult> PublishAsync(HttpRequest request, PolicyCommands commands, CancellationToken ct)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        try
        {
            if (body.Length > PolicyEndpoints.LongestPolicy) throw new PolicyFileException($"it is longer than {PolicyEndpoints.LongestPolicy} bytes");
            return PolicyEndpoints.Answer(await commands.PublishGatesAsync(body.ToArray(), ct));
        }
        catch (PolicyFileException e)
        {
            return Problems.Result(StatusCodes.Status400BadRequest, "policy-unusable", e.Message);
        }
    }

    private static async Task<IResult> ActivateAsync(string id, ActivationBody body, EventStore store, PolicyCommands commands, CancellationToken ct)
    {
        if (Published(await ShelfAsync(store, ct), id, body.Version) is { } published) return PolicyEndpoints.Answer(await commands.ActivateGatesAsync(published.Digest, body.Reason ?? "", ct));
        if (body.Version is not null || await ShippedGates.ReadAsync(id, ct) is not { } shipped) return Unknown(id, body.Version);
        return await commands.PublishGatesAsync(shipped, ct) switch
        {
            PolicyOutcome.Done done => PolicyEndpoints.Answer(await commands.ActivateGatesAsync(done.Policy.Digest, body.Reason ?? "", ct)),
            var refused => PolicyEndpoints.Answer(refused),
        };
    }

    private static PolicyReference? Published(PolicyShelf shelf, string id, int? version) =>
        shelf.Published.Where(p => p.Id == id && (version is null || p.Version == version)).MaxBy(p => p.Version);

    private static IResult Unknown(string id, int? version) => Problems.Result(
        StatusCodes.Status404NotFound, "gates-unknown",
        $"{(version is null ? $"no gates '{id}'" : $"no version {version} of gates '{id}'")} are published, and the program comes with {string.Join(", ", ShippedGates.Ids())}");

    private static async Task<PolicyShelf> ShelfAsync(EventStore store, CancellationToken ct) =>
        PolicyShelf.Fold((await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Policy, PolicyShelf.Gates), ct: ct)).Select(e => e.Event));
}
