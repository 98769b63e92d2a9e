using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Cli.Auditing;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Log;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

/// <summary>A run over the decisions that is broken off, and gone on with.</summary>
public sealed class ResumedRederivationTests(PostgresFixture postgres)
{
    [Fact]
    public async Task One_that_goes_on_says_what_one_over_all_says_and_does_not_compare_again_what_was_compared()
    {
        using var home = new ScratchFolder();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        (await ledger.EmitAsync(Enumerable.Range(1, 14).Select(n => new Run(n) { ChecksHolds = n > 4, Succeeded = n % 5 != 4 }))).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
        var whole = await RederiveAsync(ledger.Http.BaseAddress!, home);
        var decisions = whole.Json.GetProperty("decisions").EnumerateArray().Select(d => d.Deserialize<RederivedDecision>(LedgerJson.Options)!).ToList();
        decisions.Count.ShouldBeGreaterThan(3);
        (await ledger.ExecuteAsync("update ledger.mt_events set data = jsonb_set(data, '{scores,successes}', '99') where type = 'curation_decided' and data ->> 'operation' = 'create'")).ShouldBe(1);
        var created = decisions.FindIndex(d => d.Operation == CurationOperation.Create);
        await using (var place = RerunPlace.In(home["home"], await ledger.Service<LogIdentity>().OriginAsync(), ""))
            await place.BeginAsync(new(whole.Json.GetProperty("leaves").GetInt64(), decisions.Count, ProgramVersion.Name), decisions.Take(created + 1));

        var resumed = await RederiveAsync(ledger.Http.BaseAddress!, home, "--resume");

        resumed.ExitCode.ShouldBe(ExitCodes.Done, resumed.Error);
        resumed.Error.ShouldContain($"Going on after leaf {decisions[created].Leaf}, with {created + 1} decisions compared before.");
        resumed.Out.ShouldBe(whole.Out);
        var again = await RederiveAsync(ledger.Http.BaseAddress!, home, "--resume");
        again.Error.ShouldContain("There is nothing to go on from: beginning anew.");
        again.Json.GetProperty("differs").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task One_that_is_broken_off_keeps_what_it_compared_and_says_how_to_go_on_and_another_program_begins_anew()
    {
        using var home = new ScratchFolder();
        await using var server = await BreakingServer.StartAsync();

        var first = await RederiveAsync(server.Url, home);
        server.Breaks = false;
        var second = await RederiveAsync(server.Url, home, "--resume");

        first.ExitCode.ShouldBe(ExitCodes.NoServer, first.Out);
        first.Error.ShouldContain("It had compared 3 of 4; `");
        first.Error.ShouldContain("rederive --resume` goes on from there.");
        second.ExitCode.ShouldBe(ExitCodes.Refused, second.Error);
        second.Json.GetProperty("decisions").EnumerateArray().Select(d => d.GetProperty("point").GetInt32()).ShouldBe([1, 2, 3, 4]);
        // What was missing behind the last decision on record is looked for again.
        server.Asked.ShouldBe([-1, 7]);

        server.Breaks = true;
        await RederiveAsync(server.Url, home);
        (server.Breaks, server.Program) = (false, "pipeline/another");
        var third = await RederiveAsync(server.Url, home, "--resume");
        third.Error.ShouldContain("and pipeline/another decides now: beginning anew.");
        third.Json.GetProperty("decisions").GetArrayLength().ShouldBe(4);
        server.Asked.ShouldBe([-1, 7, -1, 7, -1]);
    }

    private static Task<CommandLineRun> RederiveAsync(Uri url, ScratchFolder home, params string[] args) =>
        CommandLineRun.OfAsync(["rederive", .. args, "--json", "--url", url.ToString(), "--home", home["home"]]);

    /// <summary>Has four decisions, the third of which is missing on record, and says three of them while it breaks.</summary>
    private sealed class BreakingServer(WebApplication app) : IAsyncDisposable
    {
        private readonly WebApplication _app = app;

        private static readonly RederivedDecision[] Decisions =
        [
            new("desk", 1, 5, CurationOperation.Create, RederivationVerdict.Same), new("desk", 2, 7, CurationOperation.Improve, RederivationVerdict.Same),
            new("desk", 3, null, CurationOperation.Keep, RederivationVerdict.Differs), new("desk", 4, 9, CurationOperation.Improve, RederivationVerdict.Same),
        ];

        public Uri Url => new(_app.Urls.First());
        public bool Breaks { get; set; } = true;
        public string Program { get; set; } = "pipeline/one";
        public List<long> Asked { get; } = [];

        public static async Task<BreakingServer> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var server = new BreakingServer(builder.Build());
            server.Map();
            await server._app.StartAsync();
            return server;
        }

        private void Map() => _app.Run(async http =>
        {
            if (http.Request.Path != "/api/rederivation")
            {
                await http.Response.WriteAsync("""{"origin":"log.test","leaves":10,"checkpoint":null,"keys":[],"stopped":null}""");
                return;
            }
            var after = long.Parse(http.Request.Query["after"]!, CultureInfo.InvariantCulture);
            Asked.Add(after);
            await http.Response.WriteAsync($$"""{"leaves":10,"total":4,"program":"{{Program}}"}""" + "\n");
            foreach (var d in Decisions.SkipWhile(d => after >= 0 && d.Leaf <= after).Take(Breaks ? 3 : 4)) await http.Response.WriteAsync(JsonSerializer.Serialize(d, LedgerJson.Options) + "\n");
            if (!Breaks) await http.Response.WriteAsync("{\"complete\":true}\n");
        });

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
