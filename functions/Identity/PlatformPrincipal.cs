using System.Text.Json;

namespace Pipeline.Functions.Identity;

/// <summary>Who signed in with the platform in front of the program (App Service authentication, "Easy Auth"), as its header says it. Worth something only
/// behind that platform, which takes the header out of what comes from outside.</summary>
internal sealed record PlatformPrincipal(string Tenant, string Subject, IReadOnlyList<string> Roles)
{
    public const string Header = "X-MS-CLIENT-PRINCIPAL", ProviderHeader = "X-MS-CLIENT-PRINCIPAL-IDP";

    private const string Provider = "aad";
    private const int Longest = 32 * 1024;

    // What a token calls by a short name, .NET calls by a long one.
    private static readonly string[] s_tenant = ["tid", "http://schemas.microsoft.com/identity/claims/tenantid"];
    private static readonly string[] s_subject = ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];
    private static readonly string[] s_roles = ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"];

    public static PlatformPrincipal? Read(IHeaderDictionary headers)
    {
        if (headers[ProviderHeader].ToString() != Provider || headers[Header] is not [{ Length: > 0 and <= Longest } encoded]) return null;
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length)) return null;
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            var claims = (from claim in document.RootElement.GetProperty("claims").EnumerateArray()
                          select (Type: claim.GetProperty("typ").GetString() ?? "", Value: claim.GetProperty("val").GetString() ?? "")).ToList();
            string? Only(string[] names) => claims.Where(c => names.Contains(c.Type)).Select(c => c.Value).Distinct(StringComparer.Ordinal).ToList() is [{ Length: > 0 and <= 100 } one] && one.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? one : null;
            return Only(s_tenant) is { } tenant && Only(s_subject) is { } subject ? new(tenant, subject, [.. claims.Where(c => s_roles.Contains(c.Type)).Select(c => c.Value)]) : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
