using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.EndToEnd.Tests.Cli;

/// <summary>As much of the HTTP API as the command line needs, kept in memory, on a loopback port of its own.</summary>
internal sealed class StubLedger : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<(string, string), string> recorded = [];

    private StubLedger(WebApplication app) => this.app = app;

    public Uri Url => new(app.Urls.First());

    /// <summary>Versions from 1 on, by the skill's name, which is its id too.</summary>
    public SortedDictionary<string, List<Package>> Skills { get; } = new(StringComparer.Ordinal);

    /// <summary>What aliases besides <c>latest</c> point to, by alias and skill.</summary>
    public Dictionary<(string Alias, string Skill), int> Aliases { get; } = [];

    /// <summary>Of every version.</summary>
    public string Tier { get; set; } = "t3";

    public long Leaf { get; set; } = 42;

    public HashSet<(string Skill, int Version)> Revoked { get; } = [];

    public HashSet<(string Skill, int Version)> Quarantined { get; } = [];

    /// <summary>How many packages were asked for.</summary>
    public int Downloads { get; private set; }

    /// <summary>Sizes of the batches of events, in the order in which they came.</summary>
    public ConcurrentQueue<int> Batches { get; } = [];

    public ConcurrentQueue<JsonObject> Imports { get; } = [];

    /// <summary>So many of the next requests are answered with 503.</summary>
    public int Outage { get; set; }

    /// <summary>So many looks find an event pending.</summary>
    public int Slowness { get; set; }

    /// <summary>Larger bodies are refused with 413.</summary>
    public int MostBytes { get; set; } = int.MaxValue;

    /// <summary>What is written in place of a package's files, as a server that was tampered with would.</summary>
    public Func<Package, byte[]> Zipped { get; set; } = ZipOf;

    public Func<Package, Package> Replayed { get; set; } = package => package;

    public static async Task<StubLedger> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new StubLedger(builder.Build());
        stub.Map();
        await stub.app.StartAsync();
        return stub;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    public static byte[] ZipOf(Package package) => ZipOf([.. package.Files.Select(f => (f.Path, f.Content))]);

    public static byte[] ZipOf(params (string Path, byte[] Content)[] files)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                using var entry = zip.CreateEntry(path).Open();
                entry.Write(content);
            }
        }

        return buffer.ToArray();
    }

    private void Map()
    {
        app.Use(async (context, next) =>
        {
            if (Outage > 0 && context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
            {
                Outage--;
                context.Response.StatusCode = 503;
                return;
            }

            await next();
        });
        app.MapGet("/healthz", () => "ok");
        app.MapGet("/api/status", () => Json(new { events = recorded.Count, @sealed = recorded.Count, settled = true, trajectories = new { recorded = recorded.Count, rejected = 0 }, skills = new { active = Skills.Count, retired = 0, absorbed = 0 }, queues = new { trajectories = new { waiting = 0, dead = 0 } }, extra = "kept" }));
        app.MapPost("/api/events", TakeInAsync);
        app.MapPost("/api/events/state", StatesAsync);
        app.MapGet("/api/skills", (string? cursor, string? alias) => Json(new
        {
            leaf = Leaf,
            next = cursor is null && Skills.Count > 1 ? "1" : null,
            skills = (cursor is null ? Skills.Take(1) : Skills.Skip(1)).Where(s => alias is null || Aliases.ContainsKey((alias, s.Key))).Select(s => Facts(s.Key, alias is null ? null : Aliases[(alias, s.Key)])),
        }));
        app.MapGet("/api/skills/{id}", (string id) => Known(id, () => new { leaf = 42, skill = Facts(id), text = Skills[id][^1].SkillText, files = Skills[id][^1].Manifest.Files }));
        app.MapGet("/api/skills/{id}/versions", (string id) => Known(id, () => new { leaf = 42, versions = Skills[id].Select((p, i) => new { version = i + 1, digest = p.Digest }).Reverse() }));
        app.MapGet("/api/skills/{id}/versions/{n:int}", (string id, int n) => Known(id, () => new { leaf = 42, version = new { version = n, digest = Skills[id][n - 1].Digest, tier = Quarantined.Contains((id, n)) ? "q" : Tier, revoked = Revoked.Contains((id, n)) }, text = Skills[id][n - 1].SkillText, files = Skills[id][n - 1].Manifest.Files }));
        app.MapGet("/api/skills/{id}/versions/{n:int}/package", (string id, int n, bool quarantined = false) => Download(id, n, quarantined));
        app.MapGet("/api/skills/{id}/replay", (string id, int? version) => Known(id, () => Replay(id, version ?? Skills[id].Count)));
        app.MapPost("/api/skills/{id}/retire", (string id, HttpRequest request) => Known(id, () => new { skill = id, status = "retired", version = 1, digest = "d", events = request.Headers.ContainsKey("Idempotency-Key") ? ["skill_retired"] : Array.Empty<string>() }));
        app.MapPost("/api/skills/import", ImportAsync);
        app.MapPost("/api/search", SearchAsync);
        app.MapPost("/api/dead-letters/{id:int}/retry", (int id) => id == 1 ? Json(new { id, outcome = "done" }) : Problem(404, "dead-letter-unknown", $"there is no dead letter {id}"));
    }

    private async Task<IResult> TakeInAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        if (body.Length > MostBytes) return Problem(413, "body-too-large", "the body is too large");
        var events = JsonNode.Parse(body.ToArray())!.AsArray();
        Batches.Enqueue(events.Count);
        return Json(new
        {
            events = events.Select(e => (Source: e!["source"]!.GetValue<string>(), Id: e["id"]!.GetValue<string>())).Select(e => new
            {
                source = e.Source,
                id = e.Id,
                status = e.Id.StartsWith("bad", StringComparison.Ordinal) ? "refused" : recorded.TryAdd(e, "pending") ? "accepted" : "duplicate",
                message = "not this one",
            }).ToList(),
        }, 202);
    }

    private async Task<IResult> StatesAsync(HttpRequest request)
    {
        var events = (await JsonNode.ParseAsync(request.Body))!["events"]!.AsArray();
        var state = Slowness-- > 0 ? "pending" : "recorded";
        return Json(new { events = events.Select(e => new { source = e!["source"]!.GetValue<string>(), id = e["id"]!.GetValue<string>(), state = e["id"]!.GetValue<string>().StartsWith("late", StringComparison.Ordinal) ? "rejected" : state }) });
    }

    private async Task<IResult> ImportAsync(HttpRequest request)
    {
        var skills = (await JsonNode.ParseAsync(request.Body))!["skills"]!.AsArray();
        foreach (var skill in skills) Imports.Enqueue(skill!.AsObject());
        return Json(new { results = skills.Select(s => new { id = s!["id"]?.GetValue<string>() ?? "", name = "", status = s["id"]?.GetValue<string>() == "no" ? "refused" : "created", code = "c", message = "m" }) });
    }

    private async Task<IResult> SearchAsync(HttpRequest request)
    {
        var body = (await JsonNode.ParseAsync(request.Body))!;
        return Json(new { leaf = 42, results = body["queries"]!.AsArray().Select(q => new { id = q!["id"]!.GetValue<string>(), ranked = new[] { new { id = "id-1", name = "name-1", version = 1, score = 2.5 } } }) });
    }

    private object Replay(string id, int version)
    {
        var (recordedPackage, replayed) = (Skills[id][version - 1], Replayed(Skills[id][version - 1]));
        return new
        {
            skill = id,
            version,
            leaf = 42,
            recordedDigest = recordedPackage.Digest,
            replayedDigest = recordedPackage.Digest,
            matches = true,
            files = replayed.Files.Select(f => new { f.Path, f.Mode, f.Sha256, size = f.Content.Length, f.Content }),
        };
    }

    private IResult Known(string id, Func<object> answer) =>
        Skills.ContainsKey(id) ? Json(answer()) : Problem(404, "skill-unknown", $"there is no skill '{id}'; `skill list` shows those there are");

    private object Facts(string id, int? version = null) => new
    {
        id,
        name = id,
        description = "When.",
        tier = Tier,
        origin = "learned",
        status = "active",
        version = version ?? Skills[id].Count,
        digest = Skills[id][(version ?? Skills[id].Count) - 1].Digest,
    };

    private IResult Download(string id, int version, bool quarantined)
    {
        Downloads++;
        return Quarantined.Contains((id, version)) && !quarantined ? Problem(409, "version-quarantined", $"version {version} of {id} is in quarantine")
            : Revoked.Contains((id, version)) ? Problem(410, "version-revoked", $"version {version} of {id} is revoked and is not served") : Results.Bytes(Zipped(Skills[id][version - 1]), "application/zip");
    }

    private static IResult Json(object value, int status = 200) => Results.Text(JsonSerializer.Serialize(value, LedgerJson.Options), "application/json", statusCode: status);

    private static IResult Problem(int status, string code, string detail) =>
        Results.Text(JsonSerializer.Serialize(new { status, code, title = code, detail }, LedgerJson.Options), "application/problem+json", statusCode: status);
}
