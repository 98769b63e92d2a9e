using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.LedgerApi;

/// <summary>A version's package as a zip: the same package is the same bytes, wherever and whenever it is asked for.</summary>
public sealed class PackageDownload(SkillViews views, EventStore store)
{
    /// <summary>The digest that the ledger has of the package; the entity tag says it, too.</summary>
    public const string DigestHeader = "Package-Digest";

    /// <summary>What the version's tier permits. The zip stays whole, since its digest is the ledger's: who unpacks it goes by this.</summary>
    public const string AllowsHeader = "Skill-Allows";

    public const string VersionHeader = "Skill-Version";

    /// <summary>The alias that served the version.</summary>
    public const string ServedByHeader = "Skill-Served-By";

    public async Task<IResult> AnswerAsync(string id, int number, HttpContext context)
    {
        var ct = context.RequestAborted;
        if ((await views.FindAsync(id, ct)).Value is not { } skill) return SkillEndpoints.NotFound(id);
        if ((await views.VersionsAsync(skill.SkillId, ct)).FirstOrDefault(v => v.Version == number) is not { } version) return SkillEndpoints.NoVersion(skill, number);
        if (version.Revoked) return await RevokedAsync(skill, version, ct);
        return version.Tier == Tier.Q && !AsksForQuarantined(context) ? Quarantined(skill, version) : await AnswerAsync(skill, version, context);
    }

    /// <summary>The version that an alias serves to a caller.</summary>
    public async Task<IResult> AnswerAsync(string id, string alias, string? caller, HttpContext context)
    {
        var ct = context.RequestAborted;
        if (!CallerKey.TryRead(caller, out var key)) return CallerKey.Refused;
        if ((await views.FindAsync(id, ct)).Value is not { } skill) return SkillEndpoints.NotFound(id);
        var served = ServedSkill.Of(skill, await views.VersionsAsync(skill.SkillId, ct), alias, key);
        // Whoever keeps answers for others must not give one caller's to another.
        context.Response.Headers.Vary = CallerKey.Header;
        if (served.Version is not { } version || skill.Status != Lifecycle.Active) return SkillEndpoints.NotServed(served, alias);
        context.Response.Headers[ServedByHeader] = served.By;
        return await AnswerAsync(skill, version, context);
    }

    private async Task<IResult> AnswerAsync(CataloguedSkill skill, CataloguedVersion version, HttpContext context)
    {
        var ct = context.RequestAborted;
        var etag = new EntityTagHeaderValue($"\"{version.PackageDigest}\"");
        var headers = context.Response.Headers;
        headers.ETag = etag.ToString();
        headers[DigestHeader] = version.PackageDigest;
        headers[VersionHeader] = version.Version.ToString(CultureInfo.InvariantCulture);
        headers[AllowsHeader] = TierAllowance.Of(version.Tier).ToString().ToLowerInvariant();
        // It never changes, but it may be revoked: whoever keeps it has to ask.
        headers.CacheControl = "no-cache";
        // Compared weakly, as RFC 9110, 13.1.2 has it for this header.
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(seen => seen.Equals(EntityTagHeaderValue.Any) || seen.Compare(etag, useStrongComparison: false)))
            return Results.StatusCode(StatusCodes.Status304NotModified);
        var zip = PackageZip.Of(await views.FilesAsync(version.Manifest, ct));
        // RFC 9530: of these bytes, while the other two are of what is in them.
        headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(zip))}:";
        return Results.File(zip, "application/zip", $"{skill.Name}-{version.Version}.zip");
    }

    // Whoever reviews a version has to see it, and says that this is what they want.
    private static bool AsksForQuarantined(HttpContext context) => Caller.Current.HasAny([Role.Auditor]) && bool.TryParse(context.Request.Query["quarantined"], out var asked) && asked;

    private static IResult Quarantined(CataloguedSkill skill, CataloguedVersion version) => Problems.Result(
        StatusCodes.Status409Conflict, "version-quarantined",
        $"version {version.Version} of {skill.SkillId} is in quarantine (tier Q): it has not passed the gates, and is not for agents; whoever reviews it asks with ?quarantined=true");

    private async Task<IResult> RevokedAsync(CataloguedSkill skill, CataloguedVersion version, CancellationToken ct)
    {
        var events = await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, skill.SkillId), sealedOnly: true, ct: ct);
        var reason = events.Select(e => e.Event).OfType<VersionRevoked>().LastOrDefault(e => e.PackageDigest == version.PackageDigest)?.Reason;
        return Problems.Result(
            StatusCodes.Status410Gone, "version-revoked",
            $"version {version.Version} of {skill.SkillId} is revoked and is not served{(string.IsNullOrEmpty(reason) ? "" : $": {reason}")}");
    }
}
