using System.Text.RegularExpressions;
using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Blobs;

/// <summary>Which container of Azure Blob Storage, and how it knows the program.</summary>
/// <param name="Address">Of the container, without a slash at its end: <c>https://ACCOUNT.blob.core.windows.net/CONTAINER</c>; of an emulator on this
/// machine <c>http://127.0.0.1:10000/ACCOUNT/CONTAINER</c>.</param>
public sealed partial record BlobContainerOptions(Uri Address)
{
    /// <summary>The name of the setting with the key of an emulator, in the section of the container's own.</summary>
    public const string DevelopmentKeyName = "DevelopmentKey";

    private const string Example = "https://my-account.blob.core.windows.net/payloads";

    /// <summary>The account key of an emulator on this machine, in base64; empty: a token of Microsoft Entra ID for whoever the program runs as.</summary>
    public string DevelopmentKey { get; init; } = "";

    public string Name => Address.Segments[^1];

    /// <summary>An emulator has its account in the path.</summary>
    internal string Account => Address.Segments is [_, var first, _, ..] ? first.TrimEnd('/') : Address.Host.Split('.')[0];

    /// <summary>Null where the setting is empty. What is wrong goes to the reader's problems.</summary>
    public static BlobContainerOptions? Read(SettingReader settings, string name)
    {
        var (address, key) = (settings.Address(name, Example), settings.Text(DevelopmentKeyName));
        if (address is null) return null;
        if (IsWrong(address, key, out var rule)) return settings.Wrong<BlobContainerOptions?>(name, rule, null);
        return Of(address, key) is { } made ? made : settings.Wrong<BlobContainerOptions?>(DevelopmentKeyName, KeyRule, null);
    }

    /// <summary>The container that a blob is in, and the blob's name there. What is wrong goes to the reader's problems.</summary>
    public static (BlobContainerOptions Container, string Blob)? ReadBlob(SettingReader settings, string name)
    {
        var (address, key) = (settings.Address(name, $"{Example}/checkpoint"), settings.Text(DevelopmentKeyName));
        if (address is null) return null;
        var slash = address.AbsolutePath.LastIndexOf('/');
        var (path, blob) = (address.AbsolutePath[..slash], address.AbsolutePath[(slash + 1)..]);
        if (!BlobName().IsMatch(blob)) return settings.Wrong<(BlobContainerOptions, string)?>(name, "ends with the name of a blob: letters, digits, dots, dashes and underscores", null);
        var container = new UriBuilder(address) { Path = path }.Uri;
        if (IsWrong(container, key, out var rule)) return settings.Wrong<(BlobContainerOptions, string)?>(name, rule, null);
        return Of(container, key) is { } made ? (made, blob) : settings.Wrong<(BlobContainerOptions, string)?>(DevelopmentKeyName, KeyRule, null);
    }

    /// <summary>Nothing secret in it.</summary>
    public override string ToString() => Address.AbsoluteUri;

    private const string KeyRule =
        "is for an emulator on this machine only, at an http address, and is its account's key in base64; elsewhere the program is known by its identity";

    private static bool IsWrong(Uri address, string key, out string rule)
    {
        rule = "";
        if (!ContainerName().IsMatch(address.Segments[^1].TrimEnd('/'))) rule = $"names no container, as {Example} does: 3 to 63 lower-case letters, digits and single dashes";
        else if (address.Scheme == Uri.UriSchemeHttp && address.Segments.Length < 3) rule = "has no account before the container, as an emulator's address has: http://127.0.0.1:10000/ACCOUNT/CONTAINER";
        else if (address.Scheme == Uri.UriSchemeHttp && key.Length == 0) rule = $"is http, where no token may be sent; give {DevelopmentKeyName} for an emulator, or use https";
        return rule.Length > 0;
    }

    private static BlobContainerOptions? Of(Uri address, string key)
    {
        var isUsable = key.Length == 0 || (address is { IsLoopback: true, Scheme: "http" } && Convert.TryFromBase64String(key, new byte[key.Length], out _));
        return isUsable ? new(new Uri(address.AbsoluteUri.TrimEnd('/'))) { DevelopmentKey = key } : null;
    }

    [GeneratedRegex("^[a-z0-9](-?[a-z0-9]){2,62}$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ContainerName();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", RegexOptions.NonBacktracking)]
    private static partial Regex BlobName();
}
