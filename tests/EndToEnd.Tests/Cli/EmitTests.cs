using System.IO.Compression;
using System.Text;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.EndToEnd.Tests.Cli;

public sealed class EmitTests : IAsyncLifetime
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
    public async Task Events_are_sent_in_batches_and_counted()
    {
        folder.Write("many.jsonl", Events(120));

        var run = await EmitAsync(folder["many.jsonl"], "--wait");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Lines.ShouldBe(["{\"accepted\":120,\"recorded\":120,\"duplicate\":0,\"rejected\":0}"]);
        ledger.Batches.ShouldBe([50, 50, 20]);
    }

    [Fact]
    public async Task Sent_again_they_are_duplicates()
    {
        folder.Write("many.jsonl", Events(3));
        await EmitAsync(folder.Root, "--wait");

        (await EmitAsync(folder.Root, "--wait")).Lines.ShouldBe(["{\"accepted\":0,\"recorded\":0,\"duplicate\":3,\"rejected\":0}"]);
    }

    [Fact]
    public async Task Waiting_goes_on_until_all_are_recorded()
    {
        folder.Write("a.jsonl", Events(2));
        ledger.Slowness = 3;

        (await EmitAsync(folder.Root, "--wait")).Lines.ShouldBe(["{\"accepted\":2,\"recorded\":2,\"duplicate\":0,\"rejected\":0}"]);
    }

    [Fact]
    public async Task Without_waiting_what_is_not_recorded_yet_is_not_counted_as_recorded()
    {
        folder.Write("a.jsonl", Events(2));
        ledger.Slowness = 1000;

        (await EmitAsync(folder.Root)).Lines.ShouldBe(["{\"accepted\":2,\"recorded\":0,\"duplicate\":0,\"rejected\":0}"]);
    }

    [Fact]
    public async Task What_is_refused_or_rejected_later_or_cannot_be_read_counts_as_rejected_and_is_listed_and_the_others_go_on()
    {
        folder.Write("a.jsonl", Event("bad-1") + "\n" + Event("late-1") + "\n" + Event("good") + "\n");
        folder.Write("b.json", "{ \"specversion\"");
        folder.Write("c.json.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3]);

        var run = await EmitAsync(folder.Root, folder["nowhere.json"], "--wait", "--json");

        run.ExitCode.ShouldBe(1);
        var counts = run.Json;
        counts.GetProperty("accepted").GetInt32().ShouldBe(2);
        counts.GetProperty("recorded").GetInt32().ShouldBe(1);
        counts.GetProperty("rejected").GetInt32().ShouldBe(5);
        counts.GetProperty("rejections").EnumerateArray().Select(r => r.GetProperty("code").GetString())
            .ShouldBe(["file-not-found", "json-truncated", "file-unreadable", "refused", "rejected"]);
        run.Error.ShouldContain("rejected  platform bad-1: not this one");
    }

    [Fact]
    public async Task A_long_list_of_rejections_is_cut_and_its_length_said()
    {
        folder.Write("a.jsonl", string.Join('\n', Enumerable.Range(0, 30).Select(i => Event($"bad-{i}"))));

        var run = await EmitAsync(folder.Root);

        run.Error.ShouldContain("... and 10 more");
        run.Error.ShouldNotContain("bad-25");
    }

    [Fact]
    public async Task Gzip_is_told_by_its_bytes_whatever_the_name()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(Events(2)));
        folder.Write("packed.json", packed.ToArray());
        folder.Write("plain.json.gz", Event("plain"));

        (await EmitAsync(folder.Root)).Out.ShouldContain("\"accepted\":3");
    }

    [Fact]
    public async Task Gzip_that_was_cut_off_is_not_taken_for_a_shorter_file()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(Events(500)));
        folder.Write("cut.jsonl.gz", packed.ToArray()[..^6]);

        var run = await EmitAsync(folder.Root);

        run.Lines.ShouldBe(["{\"accepted\":0,\"recorded\":0,\"duplicate\":0,\"rejected\":1}"]);
        run.Error.ShouldContain("cut off");
    }

    [Fact]
    public async Task A_pattern_finds_files_below_its_folders_and_each_file_is_read_once()
    {
        folder.Write("x/one.json", Event("1"));
        folder.Write("x/deep/two.json", Event("2"));
        folder.Write("x/deep/notes.txt", "no event");
        folder.Write("y/three.json", Event("3"));

        (await EmitAsync(folder["x/**/*.json"], folder["x/one.json"])).Lines.ShouldBe(["{\"accepted\":2,\"recorded\":2,\"duplicate\":0,\"rejected\":0}"]);
    }

    [Fact]
    public async Task Events_come_from_STDIN()
    {
        var run = await CommandLineRun.WithInputAsync(Events(4), "emit", "-", "--url", ledger.Url.ToString());

        run.Out.ShouldContain("\"accepted\":4");
    }

    [Fact]
    public async Task A_server_that_is_briefly_away_is_waited_for()
    {
        folder.Write("a.json", Event("1"));
        ledger.Outage = 2;

        (await EmitAsync(folder.Root)).Out.ShouldContain("\"accepted\":1");
    }

    [Fact]
    public async Task One_event_that_is_too_large_does_not_take_its_batch_with_it()
    {
        folder.Write("a.jsonl", Event("1") + "\n" + Event("2", new string('x', 5000)) + "\n" + Event("3"));
        ledger.MostBytes = 2000;

        var run = await EmitAsync(folder.Root);

        run.ExitCode.ShouldBe(1);
        run.Lines.ShouldBe(["{\"accepted\":2,\"recorded\":2,\"duplicate\":0,\"rejected\":1}"]);
        run.Error.ShouldContain("platform 2: the body is too large [body-too-large]");
    }

    [Fact]
    public async Task A_dry_run_counts_and_sends_nothing()
    {
        folder.Write("a.jsonl", Events(3));
        folder.Write("b.json", "[]");

        var run = await EmitAsync(folder.Root, "--dry-run", "--json", "--source", "mine");

        run.ExitCode.ShouldBe(1);
        run.Json.GetProperty("events").GetInt32().ShouldBe(3);
        run.Json.GetProperty("rejected").GetInt32().ShouldBe(1);
        run.Json.GetProperty("files")[0].GetProperty("sources")[0].GetString().ShouldBe("mine");
        ledger.Batches.ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_the_tasks_that_are_named_are_sent()
    {
        folder.Write("in/a.jsonl", Event("1", task: "t1") + "\n" + Event("2", task: "t2") + "\n" + Event("3", task: "t3"));
        var ids = folder.Write("ids.txt", "t1\n\n t3 \n");

        (await EmitAsync(folder["in"], "--task-ids", ids)).Out.ShouldContain("\"accepted\":2");
    }

    [Fact]
    public async Task Of_a_folder_of_rollouts_only_the_runs_are_read()
    {
        const string Run = """{"schema_version":"ATIF-v1.7","session_id":"roll__1","agent":{"name":"a","version":"1"},"steps":[{"step_id":1,"source":"user","message":"hi"}]}""";
        foreach (var report in new[] { "job/summary.json", "job/adp.jsonl", "job/roll__1/config.json", "job/roll__1/trainer/adp.jsonl", "job/roll__2/result.json", "job/roll__2/trainer/verifiers.jsonl" }) folder.Write(report, "{}");
        folder.Write("job/roll__1/result.json", """{"task_name":"t","rollout_name":"roll__1","rewards":{"reward":1}}""");
        folder.Write("job/roll__1/trainer/atif.json", Run);
        folder.Write("beside/adp.jsonl", "{}");

        var run = await EmitAsync(folder.Root, "--dry-run", "--json");

        run.Json.GetProperty("files").EnumerateArray().Select(f => Path.GetRelativePath(folder.Root, f.GetProperty("path").GetString()!)).ShouldBe(["beside/adp.jsonl", "job/roll__1/trainer/atif.json"]);
        run.Json.GetProperty("events").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Outcomes_that_are_kept_apart_are_read_and_those_of_no_run_are_counted()
    {
        folder.Write("in/a.jsonl", """{"session_id":"s-1","project":"p-1","messages":[{"role":"user","content":"Fill in the form."}]}""");
        var outcomes = folder.Write("outcomes.jsonl", """{"id":"s-1","success":true,"verifiedBy":"human"}""" + "\n" + """{"task":"other","success":true}""");
        var broken = folder.Write("broken.jsonl", """{"id":"s-1","success":"very"}""");

        var run = await EmitAsync(folder["in"], "--outcome", outcomes);
        run.Out.ShouldContain("\"accepted\":1");
        run.Error.ShouldContain("1 of 2 outcomes are of no run here.");

        var refused = await EmitAsync(folder["in"], "--outcome", broken);
        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain("Line 1 of the file");
    }

    private Task<CommandLineRun> EmitAsync(params string[] args) => CommandLineRun.OfAsync(["emit", .. args, "--url", ledger.Url.ToString()]);

    private static string Events(int count) => string.Join('\n', Enumerable.Range(0, count).Select(i => Event($"e{i}")));

    private static string Event(string id, string text = "", string task = "t") =>
        $$"""{"specversion":"1.0","id":"{{id}}","source":"platform","type":"{{EventTypes.Outcome}}","data":{"task":"{{task}}","text":"{{text}}"} }""";
}
