using System.IO.Compression;
using System.Text;
using Pipeline.Functions.Cli.Files;
using Pipeline.Functions.Cli.Importing;

namespace Pipeline.EndToEnd.Tests.Cli;

public sealed class ImportTests : IAsyncLifetime
{
    private const string Text = "---\nname: a\ndescription: b\n---\n";

    private readonly ScratchFolder folder = new();
    private StubLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await StubLedger.StartAsync();

    public async ValueTask DisposeAsync()
    {
        folder.Dispose();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task Folders_with_a_SKILL_md_are_skills_with_all_their_files()
    {
        folder.Write("in/one/SKILL.md", Text);
        folder.Write("in/one/references/SKILL.md", "belongs to the outer one");
        folder.Write("in/one/.git/config", "litter");
        folder.Write("in/deep/two/SKILL.md", Text.Replace("name: a", "name: two", StringComparison.Ordinal));
        folder.Write("in/notes.md", "no skill");

        var run = await ImportAsync(folder["in"]);

        run.Lines.ShouldBe(["{\"created\":2,\"improved\":0,\"unchanged\":0,\"refused\":0}"]);
        Paths().ShouldBe([["SKILL.md"], ["SKILL.md", "references/SKILL.md"]]);
    }

    [Fact]
    public async Task A_folder_may_be_one_skill()
    {
        folder.Write("one/SKILL.md", Text);

        (await ImportAsync(folder["one"])).Out.ShouldContain("\"created\":1");
    }

    [Fact]
    public async Task A_link_in_a_folder_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        folder.Write("secret", "s");
        folder.Write("in/one/SKILL.md", Text);
        File.CreateSymbolicLink(folder["in/one/more.md"], folder["secret"]);

        var run = await ImportAsync(folder["in"]);

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("more.md is a link");
        ledger.Imports.ShouldBeEmpty();
    }

    [Fact]
    public async Task Lines_keep_their_id_plain_or_gzip_and_a_bad_line_does_not_stop_the_others()
    {
        var lines = "{\"id\":\"1\",\"name\":\"n\",\"text\":\"t\",\"more\":1}\n\n{\"id\":\"no\",\"text\":\"t\"}\n{\"id\":\"3\"}\nnonsense\n";
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(lines));

        var run = await ImportAsync(folder.Write("skills.jsonl.gz", packed.ToArray()), "--json");

        run.ExitCode.ShouldBe(1);
        run.Json.GetProperty("created").GetInt32().ShouldBe(1);
        run.Json.GetProperty("refused").GetInt32().ShouldBe(3);
        run.Json.GetProperty("refusals").EnumerateArray().Select(r => r.GetProperty("skill").GetString()).ShouldBe(["line 4", "line 5", "no"]);
        ledger.Imports.First()["id"]!.GetValue<string>().ShouldBe("1");
        ledger.Imports.First()["files"]![0]!["path"]!.GetValue<string>().ShouldBe("SKILL.md");
    }

    [Fact]
    public async Task More_than_fifty_go_in_batches()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 120).Select(i => $"{{\"id\":\"s{i}\",\"text\":\"t\"}}"));

        (await ImportAsync(folder.Write("skills.jsonl", lines))).Out.ShouldContain("\"created\":120");
        ledger.Imports.Count.ShouldBe(120);
    }

    [Fact]
    public async Task Two_skills_of_one_name_are_told_apart_over_the_whole_import()
    {
        for (var i = 0; i < 60; i++) folder.Write($"in/{i:00}/SKILL.md", $"---\nname: {(i is 0 or 59 ? "popular" : $"skill-{i}")}\ndescription: Number {i}.\n---\n");

        var run = await ImportAsync(folder["in"], "--json", "--trust");

        run.ExitCode.ShouldBe(1);
        run.Json.GetProperty("created").GetInt32().ShouldBe(59);
        var refusal = run.Json.GetProperty("refusals").EnumerateArray().ShouldHaveSingleItem();
        (refusal.GetProperty("skill").GetString(), refusal.GetProperty("code").GetString()).ShouldBe((folder["in/59"], "same-name"));
        ledger.Imports.Count.ShouldBe(59);
    }

    [Fact]
    public async Task A_skill_that_states_no_name_is_called_after_its_id_or_its_folder_and_never_after_its_line_or_its_file()
    {
        const string Nameless = "No frontmatter.";
        folder.Write("in/from-folder/SKILL.md", Nameless);
        await ImportAsync(folder["in"]);
        await ImportAsync(folder.Write("from-zip.zip", StubLedger.ZipOf(("SKILL.md", Encoding.UTF8.GetBytes(Nameless)))));
        var lines = await ImportAsync(folder.Write("skills.jsonl", $"{{\"id\":\"bench/1\",\"text\":\"{Nameless}\"}}\n{{\"text\":\"{Nameless}\"}}\n"), "--json");

        ledger.Imports.Select(i => i["folder"]?.GetValue<string>()).ShouldBe(["from-folder", "from-zip", null]);
        lines.Json.GetProperty("refusals").EnumerateArray().ShouldHaveSingleItem().GetProperty("skill").GetString().ShouldBe("line 2");
    }

    [Fact]
    public async Task A_line_that_is_no_UTF_8_is_refused_and_not_changed()
    {
        byte[] lines = [0xEF, 0xBB, 0xBF, .. "{\"id\":\"1\",\"text\":\"caf\u00e9\"}\r\n"u8, .. "{\"id\":\"2\",\"text\":\"caf"u8, 0xE9, .. "\"}\n \r\n{\"id\":\"4\",\"text\":\"t\"}"u8];

        var run = await ImportAsync(folder.Write("skills.jsonl", lines), "--json");

        ledger.Imports.Select(i => i["id"]!.GetValue<string>()).ShouldBe(["1", "4"]);
        var refusal = run.Json.GetProperty("refusals").EnumerateArray().ShouldHaveSingleItem();
        refusal.GetProperty("skill").GetString().ShouldBe("line 2");
        refusal.GetProperty("message").GetString()!.ShouldContain("UTF-8");
    }

    [Fact]
    public async Task A_folder_that_may_not_be_looked_into_does_not_stop_the_one_beside_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "nothing is closed to whoever runs this");
        folder.Write("in/good/SKILL.md", Text);
        folder.Write("in/closed/one/SKILL.md", Text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder["in/closed"], UnixFileMode.None);
        try
        {
            var run = await ImportAsync(folder["in"], "--json");
            run.Json.GetProperty("created").GetInt32().ShouldBe(1);
            run.Json.GetProperty("refusals").EnumerateArray().ShouldHaveSingleItem().GetProperty("skill").GetString().ShouldBe(folder["in/closed"]);
        }
        finally
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder["in/closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task A_library_is_read_as_it_is_sent_and_not_all_at_once()
    {
        for (var i = 0; i < 120; i++) folder.Write($"in/{i:000}/SKILL.md", $"---\nname: skill-{i}\ndescription: b\n---\n");
        var found = SkillFolders.Find(folder["in"]);
        found.Count.ShouldBe(120);
        await using var reading = found.Skills.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        (await reading.MoveNextAsync()).ShouldBeTrue();

        // What is not read yet may still change.
        File.WriteAllText(folder["in/119/SKILL.md"], "---\nname: other\ndescription: b\n---\n");
        while (await reading.MoveNextAsync() && reading.Current.Id != "other") { }
        reading.Current.Id.ShouldBe("other");
    }

    [Fact]
    public async Task A_zip_holds_folders_as_a_folder_does()
    {
        var zip = StubLedger.ZipOf(("pack/a/SKILL.md", [1]), ("pack/a/x.md", [2]), ("pack/b/SKILL.md", [3]), ("README.md", [4]), ("__MACOSX/pack/SKILL.md", [5]));

        var run = await ImportAsync(folder.Write("pack.zip", zip));

        run.Out.ShouldContain("\"created\":2");
        Paths().ShouldBe([["SKILL.md", "x.md"], ["SKILL.md"]]);
    }

    [Theory]
    [InlineData("../SKILL.md")]
    [InlineData("a/../../SKILL.md")]
    [InlineData("/a/SKILL.md")]
    [InlineData("a\\SKILL.md")]
    public async Task A_zip_with_a_path_that_leads_out_is_refused(string path)
    {
        var run = await ImportAsync(folder.Write("bad.zip", StubLedger.ZipOf(("good/SKILL.md", [1]), (path, [1]))));

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("not safe");
        ledger.Imports.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bad/references/more.md", "\0", "'references/more.md' is no text (byte 1 is zero)")]
    [InlineData("bad/skill.md", "text", "'skill.md' are one path")]
    public async Task A_skill_that_cannot_be_taken_does_not_stop_the_one_beside_it(string path, string content, string problem)
    {
        var zip = StubLedger.ZipOf(("good/SKILL.md", Encoding.UTF8.GetBytes(Text)), ("bad/SKILL.md", Encoding.UTF8.GetBytes(Text)), (path, Encoding.UTF8.GetBytes(content)));

        var run = await ImportAsync(folder.Write("pack.zip", zip), "--json");

        run.ExitCode.ShouldBe(1);
        run.Json.GetProperty("created").GetInt32().ShouldBe(1);
        run.Json.GetProperty("refusals")[0].GetProperty("message").GetString()!.ShouldContain(problem);
        Paths().ShouldBe([["SKILL.md"]]);
    }

    [Fact]
    public async Task Ten_thousand_files_in_a_folder_are_not_read()
    {
        folder.Write("in/good/SKILL.md", Text);
        folder.Write("in/huge/SKILL.md", Text);
        for (var i = 0; i < 10_000; i++) File.WriteAllBytes(folder[$"in/huge/f{i}.txt"], []);

        var run = await ImportAsync(folder["in"], "--json");

        run.Json.GetProperty("created").GetInt32().ShouldBe(1);
        run.Json.GetProperty("refusals")[0].GetProperty("message").GetString()!.ShouldContain("more than 500 files");
    }

    [Fact]
    public async Task A_folder_of_folders_without_end_is_refused_and_its_neighbour_taken()
    {
        folder.Write("in/good/SKILL.md", Text);
        folder.Write("in/deep/SKILL.md", Text);
        folder.Write("in/deep/" + string.Concat(Enumerable.Repeat("d/", 300)) + "x.md", "x");

        var run = await ImportAsync(folder["in"], "--json");

        run.Json.GetProperty("created").GetInt32().ShouldBe(1);
        run.Json.GetProperty("refusals")[0].GetProperty("message").GetString()!.ShouldContain("deeper than 16 levels");
    }

    [Fact]
    public async Task A_zip_that_is_nothing_but_air_is_refused()
    {
        var air = new byte[9 << 20];

        var run = await ImportAsync(folder.Write("bomb.zip", StubLedger.ZipOf(("a/SKILL.md", Encoding.UTF8.GetBytes(Text)), ("a/air.txt", air))));

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("more than 100 times its size, 'a/air.txt'");
    }

    [Fact]
    public async Task A_zip_with_a_link_is_refused()
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("a/SKILL.md").ExternalAttributes = unchecked((int)0xA1FF0000);

        (await Should.ThrowAsync<IOException>(() => SafeZip.ReadAsync(buffer.ToArray(), TestContext.Current.CancellationToken))).Message.ShouldContain("link");
    }

    [Fact]
    public async Task A_zip_that_unpacks_to_too_much_is_refused_whatever_it_says_of_its_size()
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("a/SKILL.md").Open();
            var zeros = new byte[1 << 20];
            for (var i = 0; i <= SafeZip.LargestFile >> 20; i++) entry.Write(zeros);
        }

        buffer.Length.ShouldBeLessThan(1 << 20);
        (await Should.ThrowAsync<IOException>(() => SafeZip.ReadAsync(buffer.ToArray(), TestContext.Current.CancellationToken))).Message.ShouldContain("larger than 16 MiB");
    }

    [Fact]
    public async Task A_zip_with_too_many_entries_is_refused()
    {
        var zip = StubLedger.ZipOf([.. Enumerable.Range(0, SafeZip.MostEntries + 1).Select(i => ($"f{i}", Array.Empty<byte>()))]);

        (await Should.ThrowAsync<IOException>(() => SafeZip.ReadAsync(zip, TestContext.Current.CancellationToken))).Message.ShouldContain("entries");
    }

    [Fact]
    public async Task Where_there_is_no_skill_the_command_says_what_it_expects()
    {
        folder.Write("in/notes.md", "no skill");

        var run = await ImportAsync(folder["in"]);

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("holds no skill. Expected:");
    }

    private Task<CommandLineRun> ImportAsync(string path, params string[] more) =>
        CommandLineRun.OfAsync(["skill", "import", path, .. more, "--url", ledger.Url.ToString()]);

    private IEnumerable<string[]> Paths() => ledger.Imports.Select(skill => skill["files"]!.AsArray().Select(f => f!["path"]!.GetValue<string>()).ToArray());
}
