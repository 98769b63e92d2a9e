using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Webhooks;

/// <summary>What subscribers choose from.</summary>
public enum WebhookTopic
{
    /// <summary>A version was made or revoked, or a skill came to be served or not.</summary>
    Version,

    /// <summary>How far a version is trusted was decided.</summary>
    Tier,

    /// <summary>An alias moved or went.</summary>
    Alias,
}

/// <summary>What subscribers are told of an event: which skill and version, and never a skill's text. A function of the event alone, so each
/// attempt sends the same bytes.</summary>
public sealed record WebhookNotice(WebhookTopic Topic, string Type, string Subject, JsonObject Data)
{
    private const string Source = "urn:skillpipeline:ledger";

    /// <summary>Null for an event that subscribers are not told of.</summary>
    public static WebhookNotice? Of(RecordedEvent recorded)
    {
        var (topic, data) = recorded.Event switch
        {
            SkillCreated e => (WebhookTopic.Version, Json(new { version = 1, e.Content.Package.Digest, e.Name, e.Environment })),
            SkillImproved e => (WebhookTopic.Version, Json(new { e.Version, e.Content.Package.Digest, e.BaseVersion })),
            SkillMerged e => (WebhookTopic.Version, Json(new { e.Version, e.Content.Package.Digest, Parents = e.Parents.Select(Shown) })),
            SkillRolledBack e => (WebhookTopic.Version, Json(new { e.Version, Digest = e.PackageDigest, e.RestoredVersion, e.Reason })),
            MergeUndone e => (WebhookTopic.Version, Json(new { e.Version, e.RestoredVersion, e.Reason })),
            VersionRevoked e => (WebhookTopic.Version, Json(new { e.Version, Digest = e.PackageDigest, e.Reason })),
            SkillAbsorbed e => (WebhookTopic.Version, Json(new { Into = Shown(e.Into) })),
            SkillRetired e => (WebhookTopic.Version, Json(new { e.Cause, e.Reason })),
            SkillReinstated e => (WebhookTopic.Version, Json(new { e.Reason })),
            TierDecided e => (WebhookTopic.Tier, Json(new { e.Version, Digest = e.PackageDigest, e.From, e.To, e.Policy, e.Denials })),
            AliasMoved e => (WebhookTopic.Alias, Json(new { e.Alias, e.FromVersion, e.ToVersion, e.Share, e.Reason, e.PinnedBy })),
            AliasRemoved e => (WebhookTopic.Alias, Json(new { e.Alias, e.FromVersion, e.Reason })),
            _ => (WebhookTopic.Version, null),
        };
        return data is null ? null : new(topic, $"com.skillpipeline.{recorded.Alias}.v1", Streams.IdOf(recorded.StreamId), data);
    }

    /// <summary>The notice as a CloudEvent 1.0 in structured mode.</summary>
    /// <param name="recorded">The sealed event that it is of.</param>
    public byte[] Body(RecordedEvent recorded)
    {
        var data = new JsonObject { ["skill"] = Subject };
        foreach (var (name, value) in Data) data[name] = value?.DeepClone();
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = recorded.Id.ToString(),
            ["source"] = Source,
            ["type"] = Type,
            ["subject"] = Subject,
            ["time"] = recorded.Context.RecordedAt.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            ["datacontenttype"] = "application/json",
            ["leaf"] = recorded.Leaf,
            ["data"] = data,
        }, LedgerJson.Options);
    }

    /// <summary>Names the delivery of a leaf to a subscription, for good.</summary>
    public static string DeliveryId(string subscriptionId, long leaf) =>
        "msg_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{subscriptionId}/{leaf}"))).AsSpan(0, 16));

    private static object Shown(VersionReference version) => new { Skill = version.SkillId, version.Version, Digest = version.PackageDigest };

    private static JsonObject Json(object value) => JsonSerializer.SerializeToNode(value, LedgerJson.Options)!.AsObject();
}
