using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Infra.Webhooks;

/// <summary>Subscriptions and deliveries in the database.</summary>
public sealed class WebhookStore(NpgsqlDataSource dataSource)
{
    /// <summary>Of one tenant.</summary>
    public const int MostSubscriptions = 50;

    /// <param name="requestDigest">Of what was asked for, under the subscription's own key.</param>
    /// <returns>False when the tenant has too many already, or there is one with this id.</returns>
    public async Task<bool> AddAsync(string id, string tenant, string url, IReadOnlyList<WebhookTopic> topics, byte[] sealedSecret, bool allowPrivate, DateTimeOffset now, string requestDigest, CancellationToken cancellationToken = default)
    {
        await using var command = Command("webhook_add", id, tenant, url, topics.Select(t => t.ToString().ToLowerInvariant()).ToArray(), sealedSecret, allowPrivate, now, (long)MostSubscriptions, requestDigest);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    public Task<IReadOnlyList<WebhookSubscription>> ListAsync(string tenant, CancellationToken cancellationToken = default) => RowsAsync<WebhookSubscription>(Command("webhook_list", tenant, ""), cancellationToken);

    /// <returns>Null when there is none with this id.</returns>
    public async Task<WebhookSubscription?> FindAsync(string tenant, string id, CancellationToken cancellationToken = default) =>
        id.Length > 0 && await RowsAsync<WebhookSubscription>(Command("webhook_list", tenant, id), cancellationToken) is [var found] ? found : null;

    /// <returns>False when there is none with this id.</returns>
    public Task<bool> RemoveAsync(string tenant, string id, CancellationToken cancellationToken = default) => AnyAsync(Command("webhook_remove", tenant, id), cancellationToken);

    /// <summary>Goes on, at once with all that waits.</summary>
    /// <inheritdoc cref="RemoveAsync"/>
    public Task<bool> EnableAsync(string tenant, string id, DateTimeOffset now, CancellationToken cancellationToken = default) => AnyAsync(Command("webhook_enable", tenant, id, now), cancellationToken);

    /// <summary>Takes subscriptions that have something to do, for this process alone until the time given; first who had no turn for longest.</summary>
    public async Task<IReadOnlyList<ClaimedWebhook>> ClaimAsync(DateTimeOffset now, DateTimeOffset until, int limit, CancellationToken cancellationToken = default)
    {
        await using var command = Command("webhook_claim", now, until, (long)limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<ClaimedWebhook> claimed = [];
        while (await reader.ReadAsync(cancellationToken)) claimed.Add(new(ReadModelRows.Read<WebhookSubscription>(reader.GetString(0)), reader.GetFieldValue<byte[]>(1)));
        return claimed;
    }

    /// <summary>Moves a subscription along the sealed order, and makes the deliveries of what it passed.</summary>
    /// <param name="from">Where it stands; nothing happens when it does not.</param>
    public Task EnqueueAsync(string subscriptionId, long from, long to, IReadOnlyList<(long Leaf, WebhookNotice Notice)> notices, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        AnyAsync(Command("webhook_enqueue", subscriptionId, from, to, new AsJson(JsonSerializer.Serialize(notices.Select(n =>
            new { id = WebhookNotice.DeliveryId(subscriptionId, n.Leaf), leaf = n.Leaf, type = n.Notice.Type, subject = n.Notice.Subject }))), now), cancellationToken);

    /// <returns>Null when none is due.</returns>
    public async Task<WebhookDelivery?> NextAsync(string subscriptionId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        await RowsAsync<WebhookDelivery>(Command("webhook_next", subscriptionId, now), cancellationToken) is [var next] ? next : null;

    public Task DeliveredAsync(string deliveryId, int status, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken = default) =>
        AnyAsync(Command("webhook_delivered", deliveryId, status, now, until), cancellationToken);

    /// <param name="again">Null: the delivery is given up.</param>
    /// <param name="disabled">Why the subscription is disabled at once; empty: it is not.</param>
    /// <param name="failingSince">Who has failed since then or longer is disabled.</param>
    public Task FailedAsync(
        string deliveryId, WebhookAnswer answer, DateTimeOffset? again, DateTimeOffset now, DateTimeOffset pauseUntil, string disabled, DateTimeOffset failingSince, CancellationToken cancellationToken = default) =>
        AnyAsync(Command("webhook_failed", deliveryId, answer.Status, answer.Error, again, now, pauseUntil, disabled, failingSince), cancellationToken);

    public Task DisableAsync(string subscriptionId, string reason, CancellationToken cancellationToken = default) => AnyAsync(Command("webhook_disable", subscriptionId, reason), cancellationToken);

    /// <summary>Gives a claim back.</summary>
    /// <param name="forgetBefore">What is done with and was made before is forgotten.</param>
    public Task ReleaseAsync(string subscriptionId, DateTimeOffset forgetBefore, CancellationToken cancellationToken = default) => AnyAsync(Command("webhook_release", subscriptionId, forgetBefore), cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="subscriptionId">Empty: of all.</param>
    /// <param name="state">Null: in any.</param>
    public Task<IReadOnlyList<WebhookDelivery>> DeliveriesAsync(string tenant, string subscriptionId, WebhookDeliveryState? state, int limit, CancellationToken cancellationToken = default) =>
        RowsAsync<WebhookDelivery>(Command("webhook_delivery_list", tenant, subscriptionId, state?.ToString().ToLowerInvariant() ?? "", (long)limit), cancellationToken);

    /// <summary>Sends a delivery again, under its id, as soon as may be; nothing happens when its subscription is disabled.</summary>
    /// <returns>The subscription's state; null when there is no such delivery.</returns>
    public async Task<WebhookState?> ReplayAsync(string tenant, string deliveryId, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        await using var command = Command("webhook_replay", tenant, deliveryId, now);
        return await command.ExecuteScalarAsync(cancellationToken) is string state ? Enum.Parse<WebhookState>(state, ignoreCase: true) : null;
    }

    /// <summary>As <see cref="ReplayAsync"/>, with all deliveries of a subscription that were given up.</summary>
    /// <returns>The subscription's state, null when there is none with this id; and how many are sent again.</returns>
    public async Task<(WebhookState? State, long Count)> ReplayFailedAsync(string tenant, string id, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        await using var command = Command("webhook_replay_failed", tenant, id, now);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (Enum.Parse<WebhookState>(reader.GetString(0), ignoreCase: true), reader.GetInt64(1)) : (null, 0);
    }

    private static async Task<bool> AnyAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command) return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private static async Task<IReadOnlyList<T>> RowsAsync<T>(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            List<T> rows = [];
            while (await reader.ReadAsync(cancellationToken)) rows.Add(ReadModelRows.Read<T>(reader.GetString(0)));
            return rows;
        }
    }

    private NpgsqlCommand Command(string statement, params object?[] values)
    {
        var command = dataSource.CreateCommand(SqlText.Of(statement));
        foreach (var value in values)
        {
            switch (value)
            {
                case string text: command.Parameters.AddText(StorableText.Of(text)); break;
                case string[] texts: command.Parameters.AddTexts(texts); break;
                case long number: command.Parameters.AddNumber(number); break;
                case AsJson json: command.Parameters.AddJson(json.Text); break;
                case DateTimeOffset time: command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz }); break;
                default: command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value }); break;
            }
        }

        return command;
    }

    private sealed record AsJson(string Text);
}
