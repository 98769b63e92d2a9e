using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;
using Pipeline.EndToEnd.Tests.Hosted;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Local;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests;

/// <summary>Migration by command: in the database itself, and by way of a program that may not do it on its own.</summary>
public sealed class MigrateTests(PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_who_apply_at_once_apply_each_step_once_and_a_third_finds_nothing_to_do()
    {
        var (database, home) = (await postgres.CreateDatabaseAsync(), PostgresFixture.NewHome());
        var plan = await OfAsync(home, database, "migrate", "plan", "--json");
        plan.GetProperty("upToDate").GetBoolean().ShouldBeFalse();
        plan.GetProperty("pending").GetArrayLength().ShouldBeGreaterThan(20);

        var both = await Task.WhenAll(OfAsync(home, database, "migrate", "apply", "--json"), OfAsync(home, database, "migrate", "apply", "--json"));

        both.Select(b => b.GetProperty("applied").GetArrayLength()).Order().ShouldBe([0, plan.GetProperty("pending").GetArrayLength()]);
        both.ShouldAllBe(b => b.GetProperty("schema").GetProperty("upToDate").GetBoolean());
        (await OfAsync(home, database, "migrate", "apply", "--json")).GetProperty("applied").GetArrayLength().ShouldBe(0);
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task A_newer_major_schema_is_refused_in_words()
    {
        var (database, home) = (await postgres.CreateDatabaseAsync(), PostgresFixture.NewHome());
        await using var db = NpgsqlDataSource.Create(database);
        await new SchemaMigration(db).ApplyAsync(Stop);
        await using (var upheaval = db.CreateCommand("insert into ledger.schema_versions values ('9999_upheaval', 99, now())")) await upheaval.ExecuteNonQueryAsync(Stop);

        foreach (var command in new[] { "plan", "apply" })
        {
            using var process = PipelineProcess.Start(home, database, "migrate", command);
            (await process.EndAsync()).ShouldBe(ExitCodes.Refused);
            process.Error.ShouldContain("the ledger's schema is of major version 99, this program knows 2: use a newer program.");
        }
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task A_local_server_that_may_not_migrate_says_what_to_run()
    {
        var home = Directory.CreateTempSubdirectory("pipeline-");
        var options = new LedgerServerOptions(new(home.FullName)) { ConnectionString = await postgres.CreateDatabaseAsync(), Upkeep = SchemaUpkeep.Never };

        (await Should.ThrowAsync<LedgerServerException>(() => LedgerServer.StartAsync(options, _ => { }, Stop))).Message.ShouldContain("run `pipeline migrate apply`");

        await using (var db = NpgsqlDataSource.Create(options.ConnectionString)) await new SchemaMigration(db).ApplyAsync(Stop);
        await using (await LedgerServer.StartAsync(options, _ => { }, Stop)) { }
        home.Delete(recursive: true);
    }

    [Fact]
    public async Task A_program_that_may_not_migrate_listens_says_so_and_goes_on_when_it_was_told_to_migrate()
    {
        var (database, home, port) = (await postgres.CreateDatabaseAsync(), PostgresFixture.NewHome(), FreePort());
        await using var bus = await TestServiceBus.StartAsync();
        await using var issuer = await TestIssuer.StartAsync();
        var token = issuer.TokenOf(TestIssuer.Person, "Admin");
        var settings = new Dictionary<string, string?>(issuer.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)))
        {
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}",
            ["Database__Migrate"] = "never",
            ["ServiceBus__Endpoint"] = bus.Url.ToString(),
            ["ServiceBus__fullyQualifiedNamespace"] = "pipeline.servicebus.test",
            ["ServiceBus__credential"] = "managedidentity",
        };
        using var program = PipelineProcess.Start(home, database, settings, "serve");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60), DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
        await AnswersAsync(http, program);

        (await GetAsync(http, "/")).Status.ShouldBe(200);
        foreach (var path in new[] { "/readyz", "/api/status", "/console", "/mcp" }) (await GetAsync(http, path)).ShouldBeProblem(503, "schema");
        (await GetAsync(http, "/readyz")).Problem.GetProperty("detail").GetString()!.ShouldContain("pipeline migrate apply");
        // What the host wraps is answered as it unwraps it.
        var wrapped = await PostAsync(http, "/IngestEvents");
        (wrapped.Status, wrapped.Json.GetProperty("Outputs").GetProperty("res").GetProperty("statusCode").GetInt32()).ShouldBe((200, 503));
        // A message's call is held, since an error would count as a delivery.
        var held = PostAsync(http, "/SealLedger");
        await Task.Delay(1500, Stop);
        held.IsCompleted.ShouldBeFalse();
        program.Error.ShouldNotContain("PostgresException", customMessage: "nothing works in the background on a schema that is not there");

        var unset = new Dictionary<string, string?> { ["PIPELINE_SERVER"] = http.BaseAddress.ToString(), ["PIPELINE_TOKEN"] = token, ["PIPELINE_HOME"] = home };
        using (var plan = PipelineProcess.Start(home, connectionString: null, unset, "migrate", "plan"))
        {
            (await plan.EndAsync()).ShouldBe(ExitCodes.Done);
            plan.Error.ShouldContain("Apply what is pending");
        }
        using (var apply = PipelineProcess.Start(home, connectionString: null, unset, "migrate", "apply"))
        {
            (await apply.EndAsync()).ShouldBe(ExitCodes.Done, apply.Error);
            apply.Error.ShouldContain("The schema is up to date.");
        }

        (await held).Status.ShouldBe(200);
        (await GetAsync(http, "/readyz")).Text.ShouldBe("ready\n");
        (await PostAsync(http, "/api/admin/schema/migrate")).Json.GetProperty("applied").GetArrayLength().ShouldBe(0);
        await program.TerminateAsync();
        Directory.Delete(home, recursive: true);
    }

    private static async Task<JsonElement> OfAsync(string home, string database, params string[] args)
    {
        var (exit, output) = await PipelineProcess.RunAsync(home, database, args);
        exit.ShouldBe(ExitCodes.Done, output);
        return JsonElement.Parse(output);
    }

    private static async Task AnswersAsync(HttpClient http, PipelineProcess program)
    {
        for (var patience = 0; ; patience++)
        {
            try
            {
                if ((await GetAsync(http, "/readyz")).Status == 503) return;
            }
            catch (HttpRequestException)
            {
                patience.ShouldBeLessThan(600, program.Error);
            }
            await Task.Delay(100, Stop);
        }
    }

    private static async Task<Answer> GetAsync(HttpClient http, string path) => await Answer.ReadAsync(await http.GetAsync(new Uri(path, UriKind.Relative), Stop), Stop);

    private static async Task<Answer> PostAsync(HttpClient http, string path)
    {
        using var call = new StringContent("""{"Data":{},"Metadata":{}}""", null, "application/json");
        return await Answer.ReadAsync(await http.PostAsync(new Uri(path, UriKind.Relative), call, Stop), Stop);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
