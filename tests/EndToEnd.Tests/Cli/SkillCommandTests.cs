using System.Text.Json;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Diffing;

namespace Pipeline.EndToEnd.Tests.Cli;

public sealed class SkillCommandTests : IAsyncLifetime
{
    private readonly ScratchFolder folder = new();
    private StubLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await StubLedger.StartAsync();

    public async ValueTask DisposeAsync()
    {
        folder.Dispose();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task All_pages_of_skills_are_one_list()
    {
        foreach (var name in (string[])["a", "b", "c"]) ledger.Skills[name] = [ExportTests.Skill(name)];

        (await RunAsync("skill", "list", "--json")).Json.GetProperty("skills").EnumerateArray().Select(s => s.GetProperty("id").GetString()).ShouldBe(["a", "b", "c"]);
        (await RunAsync("skill", "list")).Lines.Count.ShouldBe(1 + 3);
    }

    [Fact]
    public async Task Json_is_what_the_server_said_with_members_that_the_program_does_not_know() =>
        (await RunAsync("status", "--json")).Json.GetProperty("extra").GetString().ShouldBe("kept");

    [Fact]
    public async Task The_text_of_a_skill_is_all_that_is_on_STDOUT()
    {
        ledger.Skills["a"] = [ExportTests.Skill("a")];

        var run = await RunAsync("skill", "show", "a");

        run.Out.ShouldBe(ledger.Skills["a"][0].SkillText);
        run.Error.ShouldContain(ledger.Skills["a"][0].Digest);
    }

    [Fact]
    public async Task A_skill_that_is_not_there_ends_with_4_and_the_servers_words()
    {
        var run = await RunAsync("skill", "show", "nothing");

        run.ExitCode.ShouldBe(ExitCodes.NotFound);
        run.Error.ShouldContain("there is no skill 'nothing'");
        run.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_replay_prints_the_text_and_says_that_the_digest_is_the_recorded_one()
    {
        ledger.Skills["a"] = [ExportTests.Skill("a"), ExportTests.Skill("a", ("x.md", "x"))];

        var run = await RunAsync("replay", "a@1", "--out", folder["rebuilt"]);

        run.ExitCode.ShouldBe(0);
        run.Out.ShouldBe(ledger.Skills["a"][0].SkillText);
        run.Error.ShouldContain(ledger.Skills["a"][0].Digest);
        Directory.EnumerateFiles(folder["rebuilt"]).Select(Path.GetFileName).ShouldBe(["SKILL.md"]);
    }

    [Fact]
    public async Task A_replay_is_not_believed_but_digested_anew()
    {
        ledger.Skills["a"] = [ExportTests.Skill("a")];
        ledger.Replayed = package => Package.Of([.. package.Files, new PackageFile("more.md", PackageFile.Regular, [1])]);

        var run = await RunAsync("replay", "a", "--json");

        run.ExitCode.ShouldBe(1);
        run.Json.GetProperty("matches").GetBoolean().ShouldBeFalse();
        run.Error.ShouldContain("Something was altered");
    }

    [Fact]
    public async Task A_batch_of_queries_becomes_a_line_each_by_name_or_by_id()
    {
        var queries = string.Join('\n', Enumerable.Range(0, 450).Select(i => $"{{\"id\":\"q{i}\",\"text\":\"t\"}}"));
        var file = folder.Write("queries.jsonl", queries);

        var byName = await RunAsync("search", "--batch", file);
        var byId = await RunAsync("search", "--batch", file, "--by", "id", "--top", "3");

        byName.Lines.Count.ShouldBe(450);
        byName.Lines[449].ShouldBe("{\"id\":\"q449\",\"ranked\":[\"name-1\"]}");
        byId.Lines[0].ShouldBe("{\"id\":\"q0\",\"ranked\":[\"id-1\"]}");
    }

    [Fact]
    public async Task A_line_that_is_no_query_is_named()
    {
        var run = await RunAsync("search", "--batch", folder.Write("queries.jsonl", "{\"id\":\"q\",\"text\":\"t\"}\n{\"id\":\"q\"}\n"));

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("line 2");
        run.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_diff_shows_changes_only()
    {
        ledger.Skills["a"] = [
            Package.OfText(("SKILL.md", Numbered(1, 40)), ("same.md", "same"), ("old.md", "old")),
            Package.OfText(("SKILL.md", Numbered(1, 40).Replace("line 20\n", "line twenty\n")), ("same.md", "same"), ("new.bin", "\0"))];

        var run = await RunAsync("skill", "diff", "a");

        run.Lines.ShouldBe([
            "--- SKILL.md (changed)", "@@ -17,7 +17,7 @@", " line 17", " line 18", " line 19", "-line 20", "+line twenty", " line 21", " line 22", " line 23",
            "--- new.bin (added, no text)",
            "--- old.md (removed)", "@@ -1,1 +0,0 @@", "-old"]);
        var json = (await RunAsync("skill", "diff", "a", "1", "2", "--json")).Json;
        json.GetProperty("files")[0].GetProperty("hunks")[0].GetProperty("lines")[3].GetString().ShouldBe("-line 20");
    }

    [Fact]
    public async Task A_version_that_is_not_there_ends_with_4_and_a_single_one_cannot_be_compared()
    {
        ledger.Skills["a"] = [ExportTests.Skill("a")];

        (await RunAsync("skill", "diff", "a", "7")).ExitCode.ShouldBe(ExitCodes.NotFound);
        (await RunAsync("skill", "diff", "a")).ExitCode.ShouldBe(ExitCodes.Refused);
    }

    [Fact]
    public void Changes_that_are_far_apart_are_hunks_of_their_own_and_near_ones_are_one()
    {
        var before = Numbered(1, 60);

        PackageDiff.Hunks(before, before.Replace("line 10\n", "").Replace("line 50\n", "line 50\nmore\n"))
            .Select(h => h.Header).ShouldBe(["@@ -7,7 +7,6 @@", "@@ -48,6 +47,7 @@"]);
        PackageDiff.Hunks(before, before.Replace("line 10\n", "x\n").Replace("line 15\n", "y\n")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_command_carries_an_idempotency_key()
    {
        ledger.Skills["a"] = [ExportTests.Skill("a")];

        var run = await RunAsync("skill", "retire", "a", "--reason", "tested", "--json");

        run.Json.GetProperty("events").EnumerateArray().Select(e => e.GetString()).ShouldBe(["skill_retired"]);
    }

    [Fact]
    public async Task A_dead_letter_that_is_not_there_does_not_stop_the_others()
    {
        var run = await RunAsync("dead-letter", "retry", "2", "1");

        run.ExitCode.ShouldBe(ExitCodes.NotFound);
        run.Lines.ShouldBe(["1 put back"]);
        run.Error.ShouldContain("there is no dead letter 2");
    }

    [Fact]
    public async Task A_command_finds_the_server_that_runs_for_the_home()
    {
        folder.Write("server.json", JsonSerializer.Serialize(new { url = ledger.Url, processId = Environment.ProcessId, token = "t" }));

        var run = await CommandLineRun.OfAsync("status", "--json", "--home", folder.Root);

        run.ExitCode.ShouldBe(0);
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Up_on_another_port_than_the_one_that_the_server_of_the_home_has_says_so()
    {
        folder.Write("server.json", JsonSerializer.Serialize(new { url = ledger.Url, processId = Environment.ProcessId, token = "t" }));

        var run = await CommandLineRun.OfAsync("up", "--once", "--port", "4711", "--home", folder.Root);

        run.ExitCode.ShouldBe(ExitCodes.Usage);
        run.Error.ShouldContain("to serve on port 4711");
    }

    [Fact]
    public void A_table_gives_each_row_a_line_and_cuts_its_last_column_to_the_window()
    {
        var table = new DataTable("skill", "description");
        table.Add("renew-loan", "Renew a loan.\nAsk before.");
        table.Add("place-hold", null);

        table.Lines(width: 34).ShouldBe(["skill       description", "renew-loan  Renew a loan. Ask bef…", "place-hold"]);
        table.Lines(width: null).ElementAt(1).ShouldBe("renew-loan  Renew a loan. Ask before.");
    }

    [Theory]
    [InlineData("plain\ttext\n", "plain\ttext\n")]
    [InlineData("\u001b[2Jgone", "\u241b[2Jgone")]
    [InlineData("a\u202Eb", "a\uFFFDb")]
    public void Text_from_outside_cannot_steer_a_terminal(string text, string shown) => Terminal.Harmless(text).ShouldBe(shown);

    private Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync([.. args, "--url", ledger.Url.ToString()]);

    private static string Numbered(int first, int last) => string.Concat(Enumerable.Range(first, last - first + 1).Select(i => $"line {i}\n"));
}
