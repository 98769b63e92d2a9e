using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Identity;

/// <summary>Whose tokens are taken: those that one authority of Entra ID issued, for this application, to callers of one Entra tenant.</summary>
/// <param name="Issuer">As the tokens' <c>iss</c> says it, e.g. <c>https://login.microsoftonline.com/TENANT/v2.0</c>.</param>
/// <param name="Audience">As their <c>aud</c> says it: the application's client id.</param>
/// <param name="Tenant">As their <c>tid</c> says it.</param>
/// <param name="Metadata">The authority's OpenID configuration, which says where its keys are.</param>
public sealed record IdentityOptions(string Issuer, string Audience, string Tenant, Uri Metadata, ConsoleSignIn Console)
{
    public const string Section = "Identity";

    private const string Example = "https://login.microsoftonline.com/TENANT/v2.0";

    /// <summary>How far the clocks of the authority and of this machine may be apart.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    /// <returns>Null where nothing is set: nobody signs in then.</returns>
    /// <exception cref="IdentityConfigurationException">They cannot be used; the message says why and what to do.</exception>
    public static IdentityOptions? Read(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var reader = new SettingReader(Section, settings);
        if (reader.IsEmpty) return null;
        var authority = reader.Address("Issuer", Example);
        // As it is written: what tokens say is compared with it letter by letter.
        var issuer = reader.Text("Issuer");
        var audience = reader.Text("Audience");
        var tenant = reader.Text("Tenant");
        var metadata = reader.Address("Metadata", $"{Example}/.well-known/openid-configuration");
        var console = reader.OneOf("Console", "none", "none", "easyauth");
        if (issuer.Length == 0) reader.Wrong("Issuer", $"is not set: the authority whose tokens count, {Example}", "");
        if (audience.Length == 0) reader.Wrong("Audience", "is not set: the client id of the application that tokens are for", "");
        if (tenant.Length == 0) reader.Wrong("Tenant", "is not set: the id of the Entra tenant whose callers are let in", "");
        // Part of names and addresses from here on.
        else if (tenant.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-')) reader.Wrong("Tenant", "is the id of an Entra tenant: letters, digits and hyphens", "");
        var problems = reader.Problems.ToList();
        if (problems.Count > 0) throw new IdentityConfigurationException(string.Join("; ", problems));
        return new(issuer, audience, tenant, metadata ?? new Uri($"{authority!.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration"),
            console == "easyauth" ? ConsoleSignIn.EasyAuth : ConsoleSignIn.None);
    }
}

/// <summary>How people sign in to the console: not at all, so that it needs a token like everything else, or by the platform in front of the program.</summary>
public enum ConsoleSignIn { None, EasyAuth }

public sealed class IdentityConfigurationException(string message) : Exception(message);
