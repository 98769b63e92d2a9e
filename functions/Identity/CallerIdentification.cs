using System.Collections.Frozen;
using System.Net;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Identity;

namespace Pipeline.Functions.Identity;

/// <summary>Finds out who asks: by the token that is shown, or, in the console, by what the platform's sign-in says.</summary>
internal sealed class CallerIdentification(IdentityOptions? options, TimeProvider time) : IDisposable
{
    private const string Scheme = "Bearer ";

    private readonly SigningKeys? _keys = options is null ? null : new(options, time);

    /// <summary>Null: nobody signs in, which is for one's own machine only.</summary>
    public IdentityOptions? Options => options;

    public void Dispose() => _keys?.Dispose();

    public async Task<Identification> ByTokenAsync(string authorization, CancellationToken ct)
    {
        if (options is null) return new Identification.Known(Caller.Local);
        if (authorization.Length == 0) return new Identification.Unknown("token-needed", "this needs a token of Entra ID: send `Authorization: Bearer TOKEN`; docs/security.md says how to get one");
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return Refused("only `Authorization: Bearer TOKEN` is understood here");
        try
        {
            return await new TokenValidator(options, _keys!, time).JudgeAsync(authorization[Scheme.Length..].Trim(), ct) switch
            {
                TokenVerdict.Accepted token => new Identification.Known(Of(token.Tenant, token.Subject, token.Roles, token.IsPerson)),
                TokenVerdict.Refused refused => Refused($"the token is not taken: {refused.Why}"),
                _ => throw new InvalidOperationException("a verdict of a kind that is not known"),
            };
        }
        catch (SigningKeysAwayException away)
        {
            return new Identification.Unknown("identity-away", $"nobody can be let in now: {away.Message}; try again") { Status = StatusCodes.Status503ServiceUnavailable };
        }
    }

    /// <returns>Null: nobody signed in, or not with this tenant of Entra ID.</returns>
    public Caller? ByPlatform(IHeaderDictionary headers) =>
        options is { Console: ConsoleSignIn.EasyAuth } && PlatformPrincipal.Read(headers) is { } principal && principal.Tenant.Equals(options.Tenant, StringComparison.OrdinalIgnoreCase)
            ? Of(options.Tenant, principal.Subject, principal.Roles, isPerson: true)
            : null;

    // One person is one actor, however the one or the other spells their id.
    private static Caller Of(string tenant, string subject, IReadOnlyList<string> roles, bool isPerson) => new(
        new(ActorKind.Admin, $"{tenant}/{subject}".ToLowerInvariant()), EventContext.DefaultTenant,
        roles.Where(Enum.GetNames<Role>().Contains).Select(Enum.Parse<Role>).ToFrozenSet(), isPerson);

    private static Identification.Unknown Refused(string why) => new("token-refused", why) { IsInvalid = true };

    /// <summary>Without identity, everybody who reaches the program is its admin.</summary>
    /// <exception cref="IdentityConfigurationException">Others than this machine could reach it.</exception>
    public void RequireIfReachable(IEnumerable<string> urls, IConfiguration configuration)
    {
        if (options is not null) return;
        // The web server takes further addresses from its own settings.
        var configured = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"] ?? "");
        if (urls.Concat(configured).FirstOrDefault(url => !IsLoopback(url)) is { } reachable)
            throw new IdentityConfigurationException($"'{reachable}' can be reached from other machines, and everybody there could do everything: {WhatToSet}, or listen on a loopback address only");
    }

    /// <exception cref="IdentityConfigurationException">It is not.</exception>
    public void Require()
    {
        if (options is null) throw new IdentityConfigurationException($"the Functions host passes on what comes from outside, and everybody there could do everything: {WhatToSet}");
    }

    private const string WhatToSet = "set Identity__Issuer, Identity__Audience and Identity__Tenant (docs/security.md)";

    private static bool IsLoopback(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && (address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));
}

/// <summary>Who it was found to be.</summary>
internal abstract record Identification
{
    private Identification() { }

    public sealed record Known(Caller Caller) : Identification;

    /// <param name="Code">Of the problem.</param>
    public sealed record Unknown(string Code, string Why) : Identification
    {
        public int Status { get; init; } = StatusCodes.Status401Unauthorized;

        /// <summary>There was a token, and it is none that counts.</summary>
        public bool IsInvalid { get; init; }

        /// <summary>RFC 6750, section 3; null where another token would not help.</summary>
        public string? Challenge => Status != StatusCodes.Status401Unauthorized ? null
            : IsInvalid ? $"Bearer realm=\"pipeline\", error=\"invalid_token\", error_description=\"{Why.Replace('"', '\'')}\""
            : "Bearer realm=\"pipeline\"";
    }
}
