using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.EndToEnd.Tests.Cli;

public sealed class ExportTests : IAsyncLifetime
{
    private readonly ScratchFolder folder = new();
    private StubLedger ledger = null!;

    private string Target => folder["out"];

    public async ValueTask InitializeAsync() => ledger = await StubLedger.StartAsync();

    public async ValueTask DisposeAsync()
    {
        folder.Dispose();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_skill_becomes_a_folder_of_its_name_with_all_its_files()
    {
        ledger.Skills["renew-loan"] = [Skill("renew-loan", ("scripts/check.sh", "echo"))];

        var run = await ExportAsync();

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain("tier T1 or above");
        File.ReadAllText(Path.Combine(Target, "renew-loan", "SKILL.md")).ShouldBe(ledger.Skills["renew-loan"][0].SkillText);
        File.ReadAllText(Path.Combine(Target, "renew-loan", "scripts", "check.sh")).ShouldBe("echo");
    }

    [Fact]
    public async Task A_file_keeps_its_mode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes");
        ledger.Skills["renew-loan"] = [Package.Of([.. Skill("renew-loan").Files, new PackageFile("run.sh", PackageFile.Executable, "x"u8.ToArray())])];

        await ExportAsync();

        new FileInfo(Path.Combine(Target, "renew-loan", "run.sh")).UnixFileMode.HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        new FileInfo(Path.Combine(Target, "renew-loan", "SKILL.md")).UnixFileMode.HasFlag(UnixFileMode.UserExecute).ShouldBeFalse();
    }

    [Fact]
    public async Task The_lock_file_is_the_same_bytes_for_the_same_skills_and_is_sorted_by_name()
    {
        ledger.Skills["b-skill"] = [Skill("b-skill")];
        ledger.Skills["a-skill"] = [Skill("a-skill"), Skill("a-skill", ("references/more.md", "more"))];

        await ExportAsync();
        var first = File.ReadAllBytes(LockFile);
        await ExportAsync();
        await CommandLineRun.OfAsync("skill", "export", folder["other"], "b-skill", "a-skill", "--url", ledger.Url.ToString());

        File.ReadAllBytes(LockFile).ShouldBe(first);
        File.ReadAllBytes(Path.Combine(folder["other"], "skills.lock.json")).ShouldBe(first);
        var text = Encoding.UTF8.GetString(first);
        text.ShouldStartWith("{\n  \"leaf\": 42,\n  \"skills\": [\n    {\n      \"id\": \"a-skill\",\n      \"name\": \"a-skill\",\n      \"version\": 2,\n");
        text.ShouldEndWith("}\n");
    }

    [Fact]
    public async Task An_unchanged_skill_is_not_written_again()
    {
        ledger.Skills["renew-loan"] = [Skill("renew-loan")];
        await ExportAsync();
        var file = Path.Combine(Target, "renew-loan", "SKILL.md");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        await ExportAsync();

        File.GetLastWriteTimeUtc(file).ShouldBe(DateTime.UnixEpoch);
    }

    [Fact]
    public async Task What_was_changed_by_hand_is_left_as_it_is_and_said_so()
    {
        ledger.Skills["renew-loan"] = [Skill("renew-loan")];
        await ExportAsync();
        folder.Write("out/renew-loan/SKILL.md", "changed");
        folder.Write("out/renew-loan/more.md", "added");
        ledger.Skills["renew-loan"] = [Skill("renew-loan"), Skill("renew-loan", ("references/new.md", "newer"))];

        var run = await ExportAsync();

        run.Error.ShouldContain("was changed since it was exported");
        File.ReadAllText(Path.Combine(Target, "renew-loan", "SKILL.md")).ShouldBe("changed");
        File.ReadAllText(Path.Combine(Target, "renew-loan", "more.md")).ShouldBe("added");

        ledger.Skills.Remove("renew-loan");
        await ExportAsync();
        File.Exists(Path.Combine(Target, "renew-loan", "more.md")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_folder_of_an_earlier_export_goes_with_its_skill_and_nothing_else_is_touched()
    {
        ledger.Skills["gone"] = [Skill("gone")];
        ledger.Skills["stays"] = [Skill("stays")];
        await ExportAsync();
        folder.Write("out/mine/SKILL.md", "mine");
        ledger.Skills.Remove("gone");

        var run = await ExportAsync();

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain("Removed gone");
        Directory.EnumerateDirectories(Target).Select(Path.GetFileName).Order().ShouldBe([".skills.local", "mine", "stays"]);
    }

    [Fact]
    public async Task A_folder_that_no_export_made_is_not_overwritten()
    {
        ledger.Skills["renew-loan"] = [Skill("renew-loan")];
        folder.Write("out/renew-loan/SKILL.md", "mine");

        var run = await ExportAsync();

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("no earlier export made it");
        File.ReadAllText(Path.Combine(Target, "renew-loan", "SKILL.md")).ShouldBe("mine");
    }

    [Fact]
    public async Task Names_in_a_lock_file_that_lead_elsewhere_are_not_deleted()
    {
        folder.Write("precious/file", "x");
        folder.Write("out/skills.lock.json", """{"leaf":1,"vetted":false,"skills":[{"id":"a","name":"../precious","version":1,"digest":"d","files":[]}]}""");

        (await ExportAsync()).ExitCode.ShouldBe(0);

        File.Exists(folder["precious/file"]).ShouldBeTrue();
    }

    [Theory]
    [InlineData("../escape.md")]
    [InlineData("a/../../escape.md")]
    [InlineData("/tmp/escape.md")]
    [InlineData("a\\..\\escape.md")]
    [InlineData("C:escape.md")]
    [InlineData("a//b.md")]
    [InlineData("line\nbreak.md")]
    public async Task A_package_whose_paths_lead_out_is_refused_and_the_others_are_exported(string path)
    {
        ledger.Skills["bad"] = [Skill("bad", (path, "x"))];
        ledger.Skills["good"] = [Skill("good")];

        var run = await ExportAsync();

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("not exported  bad:");
        Directory.EnumerateFileSystemEntries(folder.Root, "*", SearchOption.AllDirectories).ShouldNotContain(f => f.Contains("escape") || f.Contains("bad"));
        File.Exists(Path.Combine(Target, "good", "SKILL.md")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("two--hyphens")]
    [InlineData("with space")]
    [InlineData("-lead")]
    public async Task A_name_that_the_specification_does_not_allow_is_no_folder(string name)
    {
        ledger.Skills[name] = [Skill(name)];

        (await ExportAsync()).ExitCode.ShouldBe(1);

        Directory.EnumerateDirectories(Target).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("renew-loan", true)]
    [InlineData("技能", true)]
    [InlineData("a2", true)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("", false)]
    [InlineData("НАВЫК", false)]
    [InlineData("trailing-", false)]
    public void Names_of_skills_are_those_of_the_specification(string name, bool isOne) => PackagePath.IsSkillName(name).ShouldBe(isOne);

    [Fact]
    public async Task A_skill_that_calls_itself_otherwise_has_the_ledgers_name_for_its_folder_and_its_own_bytes()
    {
        ledger.Skills["renew-loan"] = [Skill("another-name")];

        var run = await ExportAsync();

        run.ExitCode.ShouldBe(0, run.Error);
        File.ReadAllText(Path.Combine(Target, "renew-loan", "SKILL.md")).ShouldBe(ledger.Skills["renew-loan"][0].SkillText);
        File.ReadAllText(LockFile).ShouldContain("\"callsItself\": \"another-name\"");
    }

    [Theory]
    [InlineData("name: renew-loan  # as the desk has it")]
    [InlineData("name: >-\n  renew-loan")]
    [InlineData("\"name\": 'renew-loan'")]
    public async Task A_name_is_read_as_the_import_reads_it(string name)
    {
        ledger.Skills["renew-loan"] = [Package.Of([new PackageFile(Package.SkillFile, PackageFile.Regular, Encoding.UTF8.GetBytes($"---\n{name}\ndescription: When.\n---\n"))])];

        (await ExportAsync()).ExitCode.ShouldBe(0);

        File.ReadAllText(LockFile).ShouldNotContain("callsItself");
    }

    [Fact]
    public async Task A_link_in_the_place_of_a_skill_is_replaced_and_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        ledger.Skills["renew-loan"] = [Skill("renew-loan")];
        await ExportAsync();
        Directory.Delete(Path.Combine(Target, "renew-loan"), recursive: true);
        folder.Write("elsewhere/SKILL.md", "precious");
        Directory.CreateSymbolicLink(Path.Combine(Target, "renew-loan"), folder["elsewhere"]);

        await ExportAsync();

        File.ReadAllText(folder["elsewhere/SKILL.md"]).ShouldBe("precious");
        new DirectoryInfo(Path.Combine(Target, "renew-loan")).LinkTarget.ShouldBeNull();
    }

    [Fact]
    public async Task A_package_that_is_not_what_its_digest_says_is_refused()
    {
        ledger.Skills["renew-loan"] = [Skill("renew-loan")];
        ledger.Zipped = _ => StubLedger.ZipOf(("SKILL.md", "---\nname: renew-loan\n---\ntampered\n"u8.ToArray()));

        var run = await ExportAsync();

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("but the ledger recorded");
        Directory.EnumerateDirectories(Target).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_skill_that_is_not_there_ends_with_4()
    {
        var run = await CommandLineRun.OfAsync("skill", "export", Target, "nothing", "--url", ledger.Url.ToString());

        run.ExitCode.ShouldBe(4);
    }

    private string LockFile => Path.Combine(Target, "skills.lock.json");

    private Task<CommandLineRun> ExportAsync() => CommandLineRun.OfAsync("skill", "export", Target, "--url", ledger.Url.ToString());

    internal static Package Skill(string name, params (string Path, string Text)[] more) =>
        Package.OfText([("SKILL.md", $"---\nname: {name}\ndescription: \"When.\"\n---\n\n# Skill\n"), .. more]);
}
