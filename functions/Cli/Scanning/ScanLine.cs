using System.Text;
using System.Text.Json;
using Pipeline.Domain.Skills;

namespace Pipeline.Functions.Cli.Scanning;

/// <summary>A line of a batch: <c>{"id","files":{path: text}}</c>. In place of a text there may be <c>{"content","encoding"}</c>; an
/// <c>encoding</c> of the line holds for all its files, or is an object by path. Other members are not looked at.</summary>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
internal sealed record ScanLine(string? Id, IReadOnlyList<PackageFile> Files, string? Problem)
{
    private const string Base64 = "base64";

    public static ScanLine Read(string line)
    {
        string? id = null;
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return new(null, [], "the line is no JSON object");
            id = json.RootElement.TryGetProperty("id", out var said) ? said.ValueKind == JsonValueKind.String ? said.GetString() : said.GetRawText() : null;
            if (!json.RootElement.TryGetProperty("files", out var files) || files.ValueKind != JsonValueKind.Object) return new(id, [], "the line has no \"files\" by path");
            JsonElement? encoding = json.RootElement.TryGetProperty("encoding", out var e) ? e : null;
            return new(id, [.. files.EnumerateObject().Select(f => File(f.Name, f.Value, EncodingOf(encoding, f.Name)))], null);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return new(id, [], e is FormatException ? "a file's content is not base64" : "the line is no JSON, or a file is no text");
        }
    }

    private static string? EncodingOf(JsonElement? encoding, string path) => encoding switch
    {
        { ValueKind: JsonValueKind.String } all => all.GetString(),
        { ValueKind: JsonValueKind.Object } byPath when byPath.TryGetProperty(path, out var one) && one.ValueKind == JsonValueKind.String => one.GetString(),
        _ => null,
    };

    private static PackageFile File(string path, JsonElement value, string? encoding)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            encoding = value.TryGetProperty("encoding", out var own) && own.ValueKind == JsonValueKind.String ? own.GetString() : encoding;
            value = value.GetProperty(value.TryGetProperty("content", out _) ? "content" : "text");
        }
        var text = value.GetString() ?? "";
        return new(path, PackageFile.Regular, encoding == Base64 ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text));
    }
}
