using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>A ledger that runs in this process, seen as its users see it: over HTTP; and its database, to look behind it.</summary>
internal abstract class RunningLedger : IAsyncDisposable
{
    public const string Structured = "application/cloudevents+json", Batch = "application/cloudevents-batch+json";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    protected RunningLedger(string connectionString, Uri url)
    {
        ConnectionString = connectionString;
        Database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 4 }.ConnectionString);
        Http = new() { BaseAddress = url, Timeout = Patience };
        Store = new(Database);
    }

    public string ConnectionString { get; }
    public NpgsqlDataSource Database { get; }
    public EventStore Store { get; }
    public HttpClient Http { get; }

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static string NewHome() => PostgresFixture.NewHome();

    /// <summary>Sends events as one batch.</summary>
    public Task<Answer> EmitAsync(params IEnumerable<JsonObject> events) =>
        PostAsync("/api/events", new JsonArray([.. events.Select(e => (JsonNode)e.DeepClone())]).ToJsonString(LedgerJson.Options), Batch);

    public Task<Answer> EmitAsync(params IEnumerable<Run> runs) => EmitAsync(runs.Select(r => r.ToEvent()));

    /// <summary>Sends runs in one batch, which must all be taken in, and waits until they are learned from.</summary>
    public async Task LearnAsync(params IEnumerable<Run> runs)
    {
        (await EmitAsync(runs)).Status.ShouldBe(202);
        await SettleAsync();
    }

    public Task<Answer> PostAsync(string path, JsonNode body, params (string Name, string Value)[] headers) =>
        PostAsync(path, body.ToJsonString(LedgerJson.Options), "application/json", headers);

    public Task<Answer> PostAsync(string path, string body, string contentType, params (string Name, string Value)[] headers) =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), contentType, headers);

    public Task<Answer> PostAsync(string path, byte[] body, string contentType, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = contentType.Length == 0 ? null : MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(HttpMethod.Post, path, content, headers);
    }

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await Http.SendAsync(request, Stop);
        return await Answer.ReadAsync(answer, Stop);
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>The answer to a GET that must succeed.</summary>
    public async Task<JsonElement> ReadAsync(string path)
    {
        var answer = await GetAsync(path);
        answer.Status.ShouldBe(200, answer.Text);
        return answer.Json;
    }

    /// <summary>Waits until nothing is left to be projected or curated.</summary>
    public virtual async Task<JsonElement> SettleAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(Patience);
        while (true)
        {
            await GoOnAsync();
            var status = await ReadAsync("/api/status");
            if (status.GetProperty("settled").GetBoolean()) return status;
            if (patience.IsCancellationRequested) Stop.ThrowIfCancellationRequested();
            patience.IsCancellationRequested.ShouldBeFalse($"the ledger does not settle: {status}");
            await Task.Delay(30, Stop);
        }
    }

    /// <summary>What nothing does by itself while one waits.</summary>
    protected virtual Task GoOnAsync() => Task.CompletedTask;

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Stop))!;
    }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync(Stop);
    }

    public async Task<IReadOnlyList<string>> ColumnAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Stop);
        var column = new List<string>();
        while (await reader.ReadAsync(Stop)) column.Add(reader.GetString(0));
        return column;
    }

    /// <summary>Holds a stream until all have decided on it as it stands and wait to write, and then lets them go.</summary>
    public async Task<IReadOnlyList<T>> AtOnceAsync<T>(string stream, params Func<Task<T>>[] writers)
    {
        await using var connection = await Database.OpenConnectionAsync(Stop);
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        await using var hold = new NpgsqlCommand("select 1 from ledger.mt_streams where id = $1 for update", connection, transaction) { Parameters = { new() { Value = stream } } };
        (await hold.ExecuteScalarAsync(Stop)).ShouldBe(1);
        var writing = writers.Select(write => write()).ToList();
        while (await ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") < writers.Length)
        {
            writing.ShouldAllBe(w => !w.IsCompleted, "it did not wait for what is held");
            await Task.Delay(20, Stop);
        }
        await transaction.CommitAsync(Stop);
        return await Task.WhenAll(writing);
    }

    public Task<long> EventsAsync(string type = "%") => ScalarAsync<long>($"select count(*) from ledger.mt_events where type like '{type}'");

    public virtual async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Database.DisposeAsync();
    }
}

/// <summary>An HTTP answer, read.</summary>
internal sealed record Answer(int Status, string ContentType, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);
    public JsonElement Json => JsonElement.Parse(Body);

    public string Code => Problem.GetProperty("code").GetString()!;

    /// <summary>The body, which must be a problem with everything that the API promises of one.</summary>
    public JsonElement Problem
    {
        get
        {
            ContentType.ShouldStartWith("application/problem+json", customMessage: $"{Status}: {Text}");
            var problem = Json;
            problem.GetProperty("status").GetInt32().ShouldBe(Status);
            problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
            problem.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
            problem.GetProperty("type").GetString().ShouldBe($"https://skillpipeline.dev/problems/{problem.GetProperty("code").GetString()}");
            return problem;
        }
    }

    public IReadOnlyList<string> Statuses => [.. Json.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("status").GetString()!)];

    public void ShouldBeProblem(int status, string code)
    {
        Status.ShouldBe(status, Text);
        Code.ShouldBe(code);
    }

    public static async Task<Answer> ReadAsync(HttpResponseMessage answer, CancellationToken ct) => new(
        (int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString() ?? "", await answer.Content.ReadAsByteArrayAsync(ct),
        answer.Headers.ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
}
