using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Webhooks;

namespace Pipeline.Functions.Webhooks;

internal static class WebhookEndpoints
{
    private const int MostListed = 500;
    private const int LongestUrl = 2000;

    public static void MapWebhooks(this RouteGroupBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("webhooks").Needs(Role.Admin);
        webhooks.MapGet("/", ListAsync).WithName("ListWebhooks").WithSummary("Who is told of what, and how it goes.");
        webhooks.MapPost("/", AddAsync).WithName("AddWebhook").WithSummary("Subscribes an address to what is recorded from now on.");
        webhooks.MapPost("/{id}/remove", RemoveAsync).WithName("RemoveWebhook").WithSummary("Ends a subscription and forgets its secret.");
        webhooks.MapPost("/{id}/enable", EnableAsync).WithName("EnableWebhook").WithSummary("Goes on with a subscription that was disabled, from where it stood.");
        webhooks.MapPost("/{id}/replay", ReplayFailedAsync).WithName("ReplayFailedWebhookDeliveries").WithSummary("Sends again all that was given up, under the same ids.");
        webhooks.MapGet("/deliveries", DeliveriesAsync).WithName("ListWebhookDeliveries").WithSummary("What was sent, newest first.");
        webhooks.MapPost("/deliveries/{delivery}/replay", ReplayAsync).WithName("ReplayWebhookDelivery").WithSummary("Sends a delivery again, under the same id.");
    }

    private static async Task<IResult> ListAsync(WebhookStore store, CancellationToken ct) =>
        Results.Ok(new { Webhooks = (await store.ListAsync(EventContext.DefaultTenant, ct)).Select(View) });

    private static async Task<IResult> AddAsync(AddWebhook body, HttpContext context, WebhookStore store, WebhookSecrets secrets, WebhookOptions options, TimeProvider time, CancellationToken ct)
    {
        if (Fault(body, options) is { } fault) return fault;
        if (WebhookSecrets.Read(body.Secret) is not { } secret)
            return Problems.Result(StatusCodes.Status400BadRequest, "webhook-secret", $"the secret is {WebhookSecrets.Shortest} to {WebhookSecrets.Longest} bytes, or whsec_ and as many in base64: make one with `openssl rand -base64 32`");
        var topics = body.Events.Distinct().Order().ToList();
        // Sent again under the same key, it is the same subscription.
        var key = context.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } told ? told : Guid.NewGuid().ToString();
        var id = $"wh_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16))}";
        var asked = JsonSerializer.SerializeToUtf8Bytes(body with { Events = topics }, LedgerJson.Options);
        if (await secrets.SealAsync(id, secret, ct) is not { } sealedSecret || await secrets.DigestAsync(id, asked, ct) is not { } digest)
            return Problems.Result(StatusCodes.Status409Conflict, "webhook-removed", "the webhook that this Idempotency-Key stands for was removed; subscribe with another key");
        await store.AddAsync(id, EventContext.DefaultTenant, body.Url, topics, sealedSecret, body.AllowPrivate, time.GetUtcNow(), digest, ct);
        if (await store.FindAsync(EventContext.DefaultTenant, id, ct) is not { } subscription)
            return Problems.Result(StatusCodes.Status409Conflict, "too-many", $"there are {WebhookStore.MostSubscriptions} subscriptions already; remove one first");
        return subscription.RequestDigest == digest || subscription.RequestDigest.Length == 0 ? Results.Ok(View(subscription))
            : Problems.Result(StatusCodes.Status409Conflict, "idempotency-key", "this Idempotency-Key stands for another subscription");
    }

    // The key first: if it ends between the two, what is left is a subscription that can be removed again, and no secret.
    private static async Task<IResult> RemoveAsync(string id, WebhookStore store, WebhookSecrets secrets, CancellationToken ct)
    {
        if (await store.FindAsync(EventContext.DefaultTenant, id, ct) is null) return NotFound(id);
        await secrets.ForgetAsync(id, ct);
        await store.RemoveAsync(EventContext.DefaultTenant, id, ct);
        return Results.Ok(new { id, outcome = "removed" });
    }

    private static async Task<IResult> EnableAsync(string id, WebhookStore store, TimeProvider time, CancellationToken ct) =>
        await store.EnableAsync(EventContext.DefaultTenant, id, time.GetUtcNow(), ct) ? Results.Ok(View((await store.FindAsync(EventContext.DefaultTenant, id, ct))!)) : NotFound(id);

    private static async Task<IResult> ReplayFailedAsync(string id, WebhookStore store, TimeProvider time, CancellationToken ct) =>
        await store.ReplayFailedAsync(EventContext.DefaultTenant, id, time.GetUtcNow(), ct) switch
        {
            (WebhookState.Active, var count) => Results.Ok(new { id, outcome = "queued", count }),
            (WebhookState.Disabled, _) => Disabled,
            _ => NotFound(id),
        };

    private static async Task<IResult> DeliveriesAsync(WebhookStore store, CancellationToken ct, string? webhook = null, string? state = null, int limit = 100)
    {
        WebhookDeliveryState? wanted = state switch
        {
            "pending" => WebhookDeliveryState.Pending,
            "delivered" => WebhookDeliveryState.Delivered,
            "failed" => WebhookDeliveryState.Failed,
            _ => null,
        };
        if (wanted is null && state is not (null or "all")) return Problems.Result(StatusCodes.Status400BadRequest, "state", "state is pending, delivered, failed or all");
        var found = await store.DeliveriesAsync(EventContext.DefaultTenant, webhook ?? "", wanted, Math.Clamp(limit, 1, MostListed), ct);
        return Results.Ok(new
        {
            Deliveries = found.Select(d => new { d.Id, Webhook = d.SubscriptionId, d.Type, Skill = d.Subject, d.Leaf, d.State, d.Attempts, d.DueAt, d.LastStatus, d.LastError, d.CreatedAt, d.DeliveredAt }),
        });
    }

    private static async Task<IResult> ReplayAsync(string delivery, WebhookStore store, TimeProvider time, CancellationToken ct) => await store.ReplayAsync(EventContext.DefaultTenant, delivery, time.GetUtcNow(), ct) switch
    {
        WebhookState.Active => Results.Ok(new { Id = delivery, outcome = "queued" }),
        WebhookState.Disabled => Disabled,
        _ => Problems.Result(StatusCodes.Status404NotFound, "delivery-unknown", $"there is no delivery '{delivery}'; `webhook deliveries` shows those there are"),
    };

    private static IResult? Fault(AddWebhook body, WebhookOptions options)
    {
        if (body.Events.Count == 0 || !body.Events.All(Enum.IsDefined)) return Problems.Result(StatusCodes.Status400BadRequest, "webhook-events", "events names at least one of version, tier and alias");
        if (body.AllowPrivate && !options.AllowPrivate)
            return Problems.Result(StatusCodes.Status403Forbidden, "webhook-private", "this server calls no private addresses: its operator would have to set Webhooks__AllowPrivate=true");
        if (body.Url.Length > LongestUrl || !Uri.TryCreate(body.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            return Problems.Result(StatusCodes.Status400BadRequest, "webhook-url", "url is an absolute https address without user name and fragment");
        if (url.Scheme == "http" && !body.AllowPrivate)
            return Problems.Result(StatusCodes.Status400BadRequest, "webhook-url", "url must be https; plain http is for development, where private addresses are allowed (`--allow-private`, `allowPrivate`)");
        // A name is looked up when it is called, each time. An address can be told now.
        return IPAddress.TryParse(url.IdnHost.Trim('[', ']'), out var address) && !WebhookAddresses.MayCall(address, body.AllowPrivate)
            ? Problems.Result(StatusCodes.Status400BadRequest, "webhook-address", $"{address} is no address that is called: it is private, local to a machine or a network, or a cloud's own")
            : null;
    }

    private static object View(WebhookSubscription s) => new
    {
        s.Id,
        s.Url,
        Events = s.Topics,
        s.State,
        Reason = s.Reason.Length > 0 ? s.Reason : null,
        s.AllowPrivate,
        s.Position,
        s.Pending,
        s.Failures,
        s.FailingSince,
        s.CreatedAt,
    };

    private static IResult Disabled => Problems.Result(StatusCodes.Status409Conflict, "webhook-disabled", "its webhook is disabled; enable it first");

    private static IResult NotFound(string id) =>
        Problems.Result(StatusCodes.Status404NotFound, "webhook-unknown", $"there is no webhook '{id}'; `webhook list` shows those there are");
}

/// <param name="Secret">Shared with the receiver, who checks signatures with it. No answer ever gives it.</param>
internal sealed record AddWebhook(string Url, IReadOnlyList<WebhookTopic> Events, string Secret, bool AllowPrivate = false);
