using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.LedgerApi;
using Pipeline.Functions.Migrations;

namespace Pipeline.Functions.Cli.Api;

/// <summary>The HTTP API (docs/http-api.md), a method a route.</summary>
/// <exception cref="LedgerApiException">From every method: the server refused.</exception>
/// <exception cref="HttpRequestException">From every method: the server could not be reached, after several tries.</exception>
internal sealed class LedgerClient(HttpClient client) : IDisposable
{
    /// <summary>Of <c>POST /api/events/state</c>.</summary>
    public const int MostStates = 1000;

    /// <summary>Of <c>POST /api/search</c>.</summary>
    public const int MostQueries = 200;

    // A server takes 8 KB in the first line, and a character may become nine of them.
    private const int LongestInAddress = 500;

    private const int PageSize = 500;

    // An import or a batch of events may wait for its turn behind curation.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly LedgerHttp http = new(client);

    // A server that is not there is soon known to be, also where nobody says so.
    private static readonly TimeSpan LongestToConnect = TimeSpan.FromSeconds(20);

    // A proxy of the environment leads away from this machine, so it is not for what runs on it. Who is shown a token leads nowhere else.
    /// <param name="token">Shown with every request; null: none.</param>
    public static LedgerClient For(Uri url, BearerToken? token = null)
    {
        var connections = new SocketsHttpHandler { UseProxy = !url.IsLoopback, ConnectTimeout = LongestToConnect, AllowAutoRedirect = token is null };
        return new(new HttpClient(token is null ? connections : new BearerRequests(token, connections)) { BaseAddress = url, Timeout = Longest });
    }

    /// <summary>Of an own server, where many callers' clients share the connections.</summary>
    public static LedgerClient Over(HttpMessageHandler connections, Uri url) =>
        new(new HttpClient(connections, disposeHandler: false) { BaseAddress = url, Timeout = Longest });

    /// <summary>Says with each request who asks, which decides what aliases that are for a share of the callers serve.</summary>
    /// <param name="caller">Printable ASCII; null: nobody says so.</param>
    public void SayCaller(string? caller)
    {
        client.DefaultRequestHeaders.Remove(CallerKey.Header);
        if (caller is not null) client.DefaultRequestHeaders.Add(CallerKey.Header, caller);
    }

    /// <summary>Passes on what another request was authorized by.</summary>
    /// <param name="authorization">The header's value; empty: none.</param>
    public void ShowToken(string authorization)
    {
        if (authorization.Length > 0) client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
    }

    public Task ProbeAsync(CancellationToken ct) => http.ProbeAsync(ct);

    public Task<Answer<SchemaView>> SchemaAsync(CancellationToken ct) => http.GetAsync<SchemaView>("api/admin/schema", ct);

    public Task<Answer<MigratedView>> MigrateAsync(CancellationToken ct) => http.PostAsync<MigratedView>("api/admin/schema/migrate", new { }, ct);

    public Task<Answer<LedgerStatus>> StatusAsync(CancellationToken ct) => http.GetAsync<LedgerStatus>("api/status", ct);

    /// <param name="batch">A JSON array of events.</param>
    public Task<Answer<EventsAnswer>> SendEventsAsync(ReadOnlyMemory<byte> batch, CancellationToken ct) =>
        http.PostAsync<EventsAnswer>("api/events", batch, CloudEvents.BatchMediaType, ct);

    /// <param name="events">At most <see cref="MostStates"/>.</param>
    public Task<Answer<EventStates>> StatesAsync(IReadOnlyList<EventIdentity> events, CancellationToken ct) =>
        http.PostAsync<EventStates>("api/events/state", new { events }, ct);

    /// <summary>All pages as one. The leaf is the first page's.</summary>
    /// <param name="status"><c>active</c>, <c>retired</c>, <c>absorbed</c> or <c>all</c>.</param>
    /// <param name="alias">What serves the versions; null: <c>latest</c>.</param>
    /// <param name="environment">Null: of all.</param>
    public Task<Answer<SkillPage>> SkillsAsync(string status, CancellationToken ct, string? alias = null, string? environment = null) => AllAsync<SkillPage>(
        $"api/skills?status={status}&limit={Number(PageSize)}{(alias is null ? "" : $"&alias={Escaped(alias)}")}{(environment is null ? "" : $"&environment={Escaped(environment)}")}",
        "skills", page => (page.Leaf, page.Next), ct);

    /// <summary>One page.</summary>
    /// <param name="environment">Empty: of all.</param>
    /// <param name="cursor">A page's <see cref="SkillPage.Next"/>; null for the first.</param>
    public Task<Answer<SkillPage>> SkillPageAsync(string status, string alias, string environment, string? cursor, int limit, CancellationToken ct) => http.GetAsync<SkillPage>(
        $"api/skills?status={status}&alias={Escaped(alias)}&limit={Number(limit)}{(environment.Length > 0 ? $"&environment={Escaped(environment)}" : "")}{(cursor is null ? "" : $"&cursor={Escaped(cursor)}")}", ct);

    /// <inheritdoc cref="SkillsAsync"/>
    /// <param name="environment">Null: of all.</param>
    public Task<Answer<GapPage>> GapsAsync(string? environment, CancellationToken ct) =>
        AllAsync<GapPage>($"api/gaps?environment={Escaped(environment ?? "")}", "gaps", page => (page.Leaf, page.Next), ct);

    /// <param name="alias">What serves the version; null: <c>latest</c>, or the version that stands where that serves none.</param>
    public Task<Answer<SkillAnswer>> SkillAsync(string skill, CancellationToken ct, string? alias = null) =>
        http.GetAsync<SkillAnswer>($"{Of(skill)}{(alias is null ? "" : $"?alias={Escaped(alias)}")}", ct);

    public Task<Answer<VersionsAnswer>> VersionsAsync(string skill, CancellationToken ct) => http.GetAsync<VersionsAnswer>($"{Of(skill)}/versions", ct);

    public Task<Answer<VersionAnswer>> VersionAsync(string skill, int version, CancellationToken ct) =>
        http.GetAsync<VersionAnswer>($"{Of(skill)}/versions/{Number(version)}", ct);

    /// <summary>The package of a version as a zip.</summary>
    /// <param name="quarantined">Also when it is in quarantine: for whoever reviews it, never for an agent.</param>
    public Task<byte[]> PackageAsync(string skill, int version, bool quarantined, CancellationToken ct) =>
        http.BytesAsync($"{Of(skill)}/versions/{Number(version)}/package{(quarantined ? "?quarantined=true" : "")}", ct);

    public Task<Answer<HistoryAnswer>> DecisionsAsync(string skill, CancellationToken ct) => http.GetAsync<HistoryAnswer>($"{Of(skill)}/decisions", ct);

    public Task<Answer<HistoryAnswer>> HistoryAsync(string skill, CancellationToken ct) => http.GetAsync<HistoryAnswer>($"{Of(skill)}/history", ct);

    /// <param name="asOf">A leaf, or a time in ISO 8601.</param>
    public Task<Answer<ReplayAnswer>> ReplayAsync(string skill, int? version, string? asOf, CancellationToken ct) =>
        http.GetAsync<ReplayAnswer>($"{Of(skill)}/replay{(version, asOf) switch
        {
            ({ } number, _) => $"?version={Number(number)}",
            (_, { } moment) => $"?asOf={Escaped(moment)}",
            _ => "",
        }}", ct);

    /// <summary>Curation run again: what there is to compare, then decision by decision, then that it is complete.</summary>
    /// <param name="skill">By id or name; null with <paramref name="family"/>, or for all.</param>
    /// <param name="after">Only decisions after this leaf; -1: all.</param>
    public IAsyncEnumerable<JsonElement> RederiveAsync(string? skill, string? family, long after, CancellationToken ct) => http.LinesAsync(
        $"api/rederivation?after={Number(after)}" + (skill is not null ? $"&skill={Escaped(skill)}" : family is not null ? $"&family={Escaped(family)}" : ""), null, ct);

    /// <summary>What another policy would have decided: which policy, then decision by decision, the skills, then that it is complete.</summary>
    /// <param name="policyId">Null with <paramref name="policyFile"/>.</param>
    public IAsyncEnumerable<JsonElement> WhatIfAsync(string? policyId, ReadOnlyMemory<byte> policyFile, CancellationToken ct) =>
        http.LinesAsync(policyId is null ? "api/whatif" : $"api/whatif?policy={Escaped(policyId)}", (policyFile, "application/yaml"), ct);

    /// <param name="command">E.g. <c>retire</c>, <c>approve</c> or <c>aliases/production</c>.</param>
    /// <param name="streamVersion">Refused if the skill has moved on from there; null: not checked.</param>
    public Task<Answer<CommandAnswer>> CommandAsync(string skill, string command, object body, long? streamVersion, CancellationToken ct)
    {
        var key = Guid.NewGuid().ToString();
        return http.PostAsync<CommandAnswer>($"{Of(skill)}/{command}", body, ct, headers => Guard(headers, key, streamVersion));
    }

    /// <param name="version">Null: the one that is served, else the one that stands.</param>
    public Task<Answer<ValidationAnswer>> ValidateAsync(string skill, int? version, bool record, CancellationToken ct) =>
        http.PostAsync<ValidationAnswer>($"{Of(skill)}/validations?record={(record ? "true" : "false")}{(version is { } number ? $"&version={Number(number)}" : "")}", new { }, ct);

    /// <param name="trust">Whoever runs this vouches for them.</param>
    public Task<Answer<ImportAnswer>> ImportAsync(IReadOnlyList<ImportSkill> skills, bool trust, CancellationToken ct) =>
        http.PostAsync<ImportAnswer>("api/skills/import", new { skills, trust }, ct);

    /// <param name="query">Of any length: what is too long for an address goes in a body.</param>
    public async Task<Answer<SearchAnswer>> SearchAsync(string query, SearchWish wish, CancellationToken ct)
    {
        if (query.Length <= LongestInAddress) return await http.GetAsync<SearchAnswer>($"api/search?q={Escaped(query)}&{wish.Query}", ct);
        var answer = await SearchAsync([new SearchQuery("", query)], wish, ct);
        return Answer<SearchAnswer>.Of(JsonSerializer.SerializeToElement(new { answer.Value.Leaf, Alias = answer.Json.GetProperty("alias"), Results = answer.Json.GetProperty("results")[0].GetProperty("ranked") }, LedgerJson.Options));
    }

    /// <param name="queries">At most <see cref="MostQueries"/>.</param>
    public Task<Answer<BatchSearchAnswer>> SearchAsync(IReadOnlyList<SearchQuery> queries, SearchWish wish, CancellationToken ct) =>
        http.PostAsync<BatchSearchAnswer>("api/search", new { wish.Top, wish.Skip, wish.Within, wish.Model, wish.Environment, wish.Alias, wish.Tier, queries }, ct);

    /// <summary>How far it is, and last what came of it.</summary>
    public IAsyncEnumerable<JsonElement> CheckIndexAsync(bool mend, CancellationToken ct) =>
        http.LinesAsync(mend ? "api/index/check?mend=true" : "api/index/check", (default, System.Net.Mime.MediaTypeNames.Application.Json), ct);

    /// <param name="environment">Empty: of all.</param>
    public Task<Answer<ConfusableAnswer>> ConfusableAsync(string environment, double above, int limit, CancellationToken ct) =>
        http.GetAsync<ConfusableAnswer>(string.Create(CultureInfo.InvariantCulture, $"api/index/confusable?environment={Escaped(environment)}&above={above}&limit={limit}"), ct);

    /// <inheritdoc cref="CheckIndexAsync"/>
    public IAsyncEnumerable<JsonElement> RebuildIndexAsync(CancellationToken ct) => http.LinesAsync("api/index/rebuild", (default, System.Net.Mime.MediaTypeNames.Application.Json), ct);

    /// <param name="after">The id of the last one that is known already; 0 from the start.</param>
    public Task<Answer<DeadLettersAnswer>> DeadLettersAsync(string? queue, string state, long after, CancellationToken ct)
    {
        var filters = new[] { ("queue", queue), ("state", state), ("after", after == 0 ? null : Number(after)) }
            .Where(f => f.Item2 is not null).Select(f => $"{f.Item1}={Escaped(f.Item2!)}");
        return http.GetAsync<DeadLettersAnswer>($"api/dead-letters?{string.Join('&', filters)}", ct);
    }

    public Task<Answer<JsonElement>> DeadLetterAsync(long id, CancellationToken ct) => http.GetAsync<JsonElement>($"api/dead-letters/{Number(id)}", ct);

    /// <param name="command"><c>retry</c> or <c>discard</c>.</param>
    public Task<Answer<JsonElement>> DeadLetterCommandAsync(long id, string command, CancellationToken ct) =>
        http.PostAsync<JsonElement>($"api/dead-letters/{Number(id)}/{command}", new { }, ct);

    public Task<Answer<WebhooksAnswer>> WebhooksAsync(CancellationToken ct) => http.GetAsync<WebhooksAnswer>("api/webhooks", ct);

    public Task<Answer<WebhookFacts>> AddWebhookAsync(string url, IReadOnlyList<string> events, string secret, bool allowPrivate, CancellationToken ct)
    {
        var key = Guid.NewGuid().ToString();
        return http.PostAsync<WebhookFacts>("api/webhooks", new { url, events, secret, allowPrivate }, ct, headers => Guard(headers, key, streamVersion: null));
    }

    /// <param name="command"><c>remove</c>, <c>enable</c>, or <c>replay</c> for what was given up.</param>
    public Task<Answer<JsonElement>> WebhookCommandAsync(string id, string command, CancellationToken ct) =>
        http.PostAsync<JsonElement>($"api/webhooks/{Escaped(id)}/{command}", new { }, ct);

    /// <summary>The newest first, as many as the server gives.</summary>
    /// <param name="webhook">Null: of all.</param>
    public Task<Answer<DeliveriesAnswer>> DeliveriesAsync(string? webhook, string state, CancellationToken ct) =>
        http.GetAsync<DeliveriesAnswer>($"api/webhooks/deliveries?limit={Number(PageSize)}&state={state}{(webhook is null ? "" : $"&webhook={Escaped(webhook)}")}", ct);

    public Task<Answer<JsonElement>> ReplayDeliveryAsync(string id, CancellationToken ct) =>
        http.PostAsync<JsonElement>($"api/webhooks/deliveries/{Escaped(id)}/replay", new { }, ct);

    public Task<Answer<PoliciesAnswer>> PoliciesAsync(CancellationToken ct) => http.GetAsync<PoliciesAnswer>("api/policies", ct);

    /// <param name="version">Null: the newest that is published, else the one that the program comes with.</param>
    public Task<Answer<PolicyAnswer>> PolicyAsync(string id, int? version, CancellationToken ct) =>
        http.GetAsync<PolicyAnswer>($"api/policies/{Escaped(id)}{(version is { } number ? $"?version={Number(number)}" : "")}", ct);

    public Task<Answer<PolicyCommandAnswer>> PublishPolicyAsync(ReadOnlyMemory<byte> yaml, CancellationToken ct) =>
        http.PostAsync<PolicyCommandAnswer>("api/policies", yaml, "application/yaml", ct);

    public Task<Answer<PolicyCommandAnswer>> ActivatePolicyAsync(string id, int? version, string reason, CancellationToken ct) =>
        http.PostAsync<PolicyCommandAnswer>($"api/policies/{Escaped(id)}/activate", new { version, reason }, ct);

    public Task<Answer<AliasesAnswer>> AliasesAsync(string skill, CancellationToken ct) => http.GetAsync<AliasesAnswer>($"{Of(skill)}/aliases", ct);

    public Task<Answer<AliasHistoryAnswer>> AliasHistoryAsync(string skill, string alias, CancellationToken ct) =>
        http.GetAsync<AliasHistoryAnswer>($"{Of(skill)}/aliases/{Escaped(alias)}/history", ct);

    public Task<Answer<PoliciesAnswer>> GatesAsync(CancellationToken ct) => http.GetAsync<PoliciesAnswer>("api/gates", ct);

    /// <inheritdoc cref="PolicyAsync"/>
    public Task<Answer<PolicyAnswer>> GatesAsync(string id, int? version, CancellationToken ct) =>
        http.GetAsync<PolicyAnswer>($"api/gates/{Escaped(id)}{(version is { } number ? $"?version={Number(number)}" : "")}", ct);

    public Task<Answer<PolicyCommandAnswer>> PublishGatesAsync(ReadOnlyMemory<byte> yaml, CancellationToken ct) =>
        http.PostAsync<PolicyCommandAnswer>("api/gates", yaml, "application/yaml", ct);

    public Task<Answer<PolicyCommandAnswer>> ActivateGatesAsync(string id, int? version, string reason, CancellationToken ct) =>
        http.PostAsync<PolicyCommandAnswer>($"api/gates/{Escaped(id)}/activate", new { version, reason }, ct);

    public Task<Answer<CheckpointAnswer>> CheckpointAsync(CancellationToken ct) => http.GetAsync<CheckpointAnswer>("api/audit/checkpoint", ct);

    /// <param name="what">A leaf's number, an event's id, or <c>STREAM@VERSION</c>.</param>
    public Task<Answer<ProofAnswer>> ProofAsync(string what, CancellationToken ct) => http.GetAsync<ProofAnswer>(
        long.TryParse(what, NumberStyles.None, CultureInfo.InvariantCulture, out var leaf) ? $"api/audit/proof?leaf={Number(leaf)}" : $"api/audit/proof?event={Escaped(what)}", ct);

    public Task<Answer<ConsistencyAnswer>> ConsistencyAsync(long from, long to, CancellationToken ct) =>
        http.GetAsync<ConsistencyAnswer>($"api/audit/consistency?from={Number(from)}&to={Number(to)}", ct);

    public Task<Answer<LogKeysAnswer>> LogKeysAsync(CancellationToken ct) => http.GetAsync<LogKeysAnswer>("api/audit/keys", ct);

    public Task<Answer<LogKeyAnswer>> RotateKeyAsync(string reason, bool lost, CancellationToken ct) => http.PostAsync<LogKeyAnswer>("api/audit/keys/rotate", new { reason, lost }, ct);

    public Task<Answer<LogKeyAnswer>> AcceptForkAsync(string reason, CancellationToken ct) => http.PostAsync<LogKeyAnswer>("api/audit/fork", new { reason }, ct);

    /// <summary>Leaves from one on, as they are stored.</summary>
    public IAsyncEnumerable<JsonElement> LeavesAsync(long from, int limit, CancellationToken ct) => http.LinesAsync($"api/audit/leaves?from={Number(from)}&limit={Number(limit)}", null, ct);

    public IAsyncEnumerable<JsonElement> CheckpointsAsync(CancellationToken ct) => http.LinesAsync("api/audit/checkpoints", null, ct);

    public IAsyncEnumerable<JsonElement> ContentsAsync(IReadOnlyList<string> digests, CancellationToken ct) =>
        http.LinesAsync("api/audit/contents", (JsonSerializer.SerializeToUtf8Bytes(new { digests }, LedgerJson.Options), "application/json"), ct);

    /// <summary>A version with all that proves where it came from.</summary>
    public Task<byte[]> BundleAsync(string skill, int version, CancellationToken ct) => http.BytesAsync($"api/audit/skills/{Escaped(skill)}/versions/{Number(version)}/bundle", ct);

    /// <summary>An in-toto statement in its signed envelope.</summary>
    public Task<byte[]> InTotoAsync(string skill, int version, CancellationToken ct) => http.BytesAsync($"api/audit/skills/{Escaped(skill)}/versions/{Number(version)}/in-toto", ct);

    /// <param name="version">Null: the one that is served.</param>
    public Task<Answer<VersionProvenance>> ProvenanceAsync(string skill, int? version, CancellationToken ct) =>
        http.GetAsync<VersionProvenance>($"api/audit/skills/{Escaped(skill)}/provenance{(version is { } number ? $"?version={Number(number)}" : "")}", ct);

    public Task<Answer<TablesAnswer>> AuditTablesAsync(CancellationToken ct) => http.PostAsync<TablesAnswer>("api/audit/tables", new { }, ct);

    public Task<Answer<CurationAnswer>> CurateAsync(bool sweep, CancellationToken ct) =>
        http.PostAsync<CurationAnswer>($"api/curation{(sweep ? "?sweep=true" : "")}", new { }, ct);

    public Task<Answer<ErasureAnswer>> EraseSubjectAsync(string subject, string reason, bool dryRun, CancellationToken ct) =>
        http.PostAsync<ErasureAnswer>("api/subjects/erase", new { subject, reason, dryRun }, ct);

    public void Dispose() => client.Dispose();

    private async Task<Answer<TPage>> AllAsync<TPage>(string route, string member, Func<TPage, (long Leaf, string? Next)> place, CancellationToken ct)
    {
        var items = new JsonArray();
        long? leaf = null;
        string? cursor = null;
        do
        {
            var page = await http.GetAsync<TPage>(route + (cursor is null ? "" : $"&cursor={Escaped(cursor)}"), ct);
            foreach (var item in page.Json.GetProperty(member).EnumerateArray()) items.Add(JsonSerializer.SerializeToNode(item));
            var (at, next) = place(page.Value);
            leaf ??= at;
            // A cursor that does not move on would ask for the same page for ever.
            cursor = next == cursor ? null : next;
        }
        while (cursor is not null);
        return Answer<TPage>.Of(JsonSerializer.SerializeToElement(new JsonObject { ["leaf"] = leaf, [member] = items }));
    }

    public Task<Answer<StageAnswer>> ReleasesAsync(string stage, CancellationToken ct) => http.GetAsync<StageAnswer>($"api/releases/{Escaped(stage)}", ct);

    /// <param name="manifest">Nothing where <paramref name="to"/> says which earlier release is meant.</param>
    public Task<Answer<ReleaseAnswer>> PlanReleaseAsync(string stage, ReadOnlyMemory<byte> manifest, string? to, CancellationToken ct) =>
        http.PostAsync<ReleaseAnswer>($"api/releases/{Escaped(stage)}/plan{(to is null ? "" : $"?to={Escaped(to)}")}", manifest, "application/yaml", ct);

    public Task<Answer<ReleaseAnswer>> ApplyReleaseAsync(string stage, ReadOnlyMemory<byte> manifest, string commit, string deployment, CancellationToken ct)
    {
        var key = Guid.NewGuid().ToString();
        return http.PostAsync<ReleaseAnswer>(
            $"api/releases/{Escaped(stage)}/apply?commit={Escaped(commit)}&deployment={Escaped(deployment)}", manifest, "application/yaml", ct, headers => Guard(headers, key, streamVersion: null));
    }

    public Task<Answer<ReleaseAnswer>> RollBackReleaseAsync(string stage, string to, string reason, string commit, string deployment, CancellationToken ct)
    {
        var key = Guid.NewGuid().ToString();
        return http.PostAsync<ReleaseAnswer>($"api/releases/{Escaped(stage)}/rollback", new { to, reason, commit, deployment }, ct, headers => Guard(headers, key, streamVersion: null));
    }

    private static void Guard(HttpRequestHeaders headers, string key, long? streamVersion)
    {
        headers.Add("Idempotency-Key", key);
        if (streamVersion is { } version) headers.IfMatch.Add(new($"\"{Number(version)}\""));
    }

    private static string Of(string skill) => $"api/skills/{Escaped(skill)}";

    private static string Escaped(string text) => Uri.EscapeDataString(text);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
