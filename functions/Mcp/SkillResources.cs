using System.Text;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Exporting;

namespace Pipeline.Functions.Mcp;

/// <summary>The files of packages as resources. A path is looked up among those of the package and never on a disk.</summary>
internal sealed class SkillResources(LedgerClient client, McpServing serving)
{
    private const int PageSize = 100;

    public static ListResourceTemplatesResult Templates { get; } = new()
    {
        ResourceTemplates = [new() { UriTemplate = SkillUri.Template, Name = "skill-file", Description = "A file of a version of a skill; load_skill gives the addresses." }],
    };

    /// <summary>The SKILL.md of each skill that is served.</summary>
    public async Task<ListResourcesResult> ListAsync(string? cursor, CancellationToken ct)
    {
        var page = (await client.SkillPageAsync("active", serving.Alias, "", cursor, PageSize, ct)).Value;
        return new()
        {
            NextCursor = page.Next,
            Resources = [.. page.Skills.Where(s => s.Version is not null).Select(s => new Resource
            {
                Uri = SkillUri.Of(s.Id, s.Version!.Value, Package.SkillFile),
                Name = s.Name,
                Description = s.Description,
                MimeType = "text/markdown",
            })],
        };
    }

    public async Task<ReadResourceResult> ReadAsync(string uri, CancellationToken ct)
    {
        var asked = SkillUri.Parse(uri);
        var version = (await client.VersionAsync(asked.Skill, asked.Version, ct)).Value;
        if (serving.WhyNot(asked.Skill, version.Version) is { } why) throw new McpProtocolException(why, McpErrorCode.ResourceNotFound);
        if (version.Files.All(f => f.Path != asked.Path))
            throw new McpProtocolException($"{asked.Skill}@{asked.Version} has no file {asked.Path}; load_skill gives the files there are", McpErrorCode.ResourceNotFound);
        var package = await ServedPackages.FetchAsync(client, asked.Skill, asked.Version, version.Version.Digest, ct);
        var file = package.Files.Single(f => f.Path == asked.Path);
        if (serving.WhyNot(version.Version, file) is { } withheld) throw new McpProtocolException(withheld, McpErrorCode.ResourceNotFound);
        var meta = new System.Text.Json.Nodes.JsonObject { ["version"] = asked.Version, ["digest"] = version.Version.Digest, ["tier"] = version.Version.Tier };
        return new() { Contents = [ContentOf(uri, file, meta)] };
    }

    private static ResourceContents ContentOf(string uri, PackageFile file, System.Text.Json.Nodes.JsonObject meta)
    {
        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(file.Content);
            return new TextResourceContents { Uri = uri, MimeType = file.Path.EndsWith(".md", StringComparison.Ordinal) ? "text/markdown" : "text/plain", Text = text, Meta = meta };
        }
        catch (DecoderFallbackException)
        {
            var blob = BlobResourceContents.FromBytes(file.Content, uri, "application/octet-stream");
            blob.Meta = meta;
            return blob;
        }
    }
}
