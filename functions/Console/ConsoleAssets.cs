using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Pipeline.Functions.Console;

/// <summary>The few files that pages need, from the program itself. A name has the digest of the content in it, so a browser may keep it for good.</summary>
internal static class ConsoleAssets
{
    public const string Folder = "/console/assets";

    private static readonly IReadOnlyDictionary<string, Asset> s_assets = new[] { Read("console.css", "text/css; charset=utf-8"), Read("icon.svg", "image/svg+xml") }
        .ToDictionary(a => a.Name, StringComparer.Ordinal);

    /// <param name="name">Such as <c>console.css</c>.</param>
    public static string PathOf(string name) => $"{Folder}/{s_assets[name].NameOnTheWire}";

    public static void MapConsoleAssets(this WebApplication app)
    {
        foreach (var asset in s_assets.Values)
        {
            app.MapGet($"{Folder}/{asset.NameOnTheWire}", (HttpContext http) =>
            {
                http.Response.Headers[HeaderNames.CacheControl] = "public, max-age=31536000, immutable";
                return Results.Bytes(asset.Content, asset.ContentType);
            }).ExcludeFromDescription().IsForAnybody();
        }
    }

    private static Asset Read(string name, string contentType)
    {
        using var stream = typeof(ConsoleAssets).Assembly.GetManifestResourceStream($"console.{name}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var digest = Convert.ToHexStringLower(SHA256.HashData(content))[..12];
        return new(name, $"{Path.GetFileNameWithoutExtension(name)}.{digest}{Path.GetExtension(name)}", contentType, content);
    }

    private sealed record Asset(string Name, string NameOnTheWire, string ContentType, byte[] Content);
}
