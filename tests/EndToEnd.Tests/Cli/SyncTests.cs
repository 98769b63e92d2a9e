using System.Text.Json;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Cli;

public sealed class SyncTests : IAsyncLifetime
{
    private readonly ScratchFolder folder = new();
    private StubLedger ledger = null!;

    private string Target => folder["skills"];
    private string LockFile => Path.Combine(Target, "skills.lock.json");

    public async ValueTask InitializeAsync()
    {
        ledger = await StubLedger.StartAsync();
        ledger.Skills["hang-lamp"] = [ExportTests.Skill("hang-lamp")];
        ledger.Skills["mend-chair"] = [ExportTests.Skill("mend-chair"), ExportTests.Skill("mend-chair", ("references/glue.md", "bone"))];
    }

    public async ValueTask DisposeAsync()
    {
        folder.Dispose();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_directory_follows_what_is_served()
    {
        Names((await SyncAsync()).Json, "added").ShouldBe(["hang-lamp", "mend-chair"]);
        File.Exists(Path.Combine(Target, "mend-chair", "references", "glue.md")).ShouldBeTrue();

        ledger.Skills.Remove("hang-lamp");
        ledger.Skills["mend-chair"].Add(ExportTests.Skill("mend-chair", ("references/nails.md", "long")));
        ledger.Skills["paint-wall"] = [ExportTests.Skill("paint-wall")];
        var second = (await SyncAsync()).Json;

        Names(second, "added").ShouldBe(["paint-wall"]);
        Names(second, "updated").ShouldBe(["mend-chair"]);
        Names(second, "removed").ShouldBe(["hang-lamp"]);
        Directory.EnumerateFileSystemEntries(Target).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe([".skills.local", "mend-chair", "paint-wall", "skills.lock.json"]);
        File.ReadAllText(Path.Combine(Target, ".skills.local", ".gitignore")).ShouldBe("*\n");
        File.Exists(Path.Combine(Target, "mend-chair", "references", "glue.md")).ShouldBeFalse();
    }

    [Fact]
    public async Task The_second_time_nothing_is_fetched_and_no_byte_changes_though_the_ledger_went_on()
    {
        await SyncAsync();
        var (lockFile, downloads) = (File.ReadAllBytes(LockFile), ledger.Downloads);
        ledger.Leaf = 99;

        var again = await SyncAsync();

        again.ExitCode.ShouldBe(0, again.Error);
        Names(again.Json, "unchanged").ShouldBe(["hang-lamp", "mend-chair"]);
        ledger.Downloads.ShouldBe(downloads);
        File.ReadAllBytes(LockFile).ShouldBe(lockFile);
    }

    [Fact]
    public async Task An_alias_gives_the_versions_that_it_points_to_and_verify_goes_by_it()
    {
        ledger.Aliases[("production", "mend-chair")] = 1;

        Names((await SyncAsync("--alias", "production")).Json, "added").ShouldBe(["mend-chair"]);

        File.Exists(Path.Combine(Target, "mend-chair", "references", "glue.md")).ShouldBeFalse();
        (await MarksAsync()).ShouldBe(["ok mend-chair"]);

        ledger.Aliases.Clear();
        (await MarksAsync()).ShouldBe(["withdrawn mend-chair"]);
        Names((await SyncAsync("--alias", "production", "--force")).Json, "removed").ShouldBe(["mend-chair"]);
    }

    [Fact]
    public async Task Everything_goes_only_by_force_but_what_is_withheld_goes_at_once()
    {
        await SyncAsync();
        ledger.Aliases.Clear();

        var run = await SyncAsync("--alias", "productoin");
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("--force");
        Directory.Exists(Path.Combine(Target, "hang-lamp")).ShouldBeTrue();

        ledger.Revoked.Add(("mend-chair", 2));
        Names((await SyncAsync("--alias", "productoin")).Json, "removed").ShouldBe(["mend-chair"]);
        Directory.Exists(Path.Combine(Target, "hang-lamp")).ShouldBeTrue();
        Names((await SyncAsync("--alias", "productoin", "--force")).Json, "removed").ShouldBe(["hang-lamp"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_another_machine_took_out_of_the_lock_file_goes_here_too(bool frozen)
    {
        string[] how = frozen ? ["--frozen"] : [];
        var colleague = folder["colleague"];
        await CommandLineRun.OfAsync("skill", "sync", colleague, "--url", ledger.Url.ToString());
        await SyncAsync();
        ledger.Skills.Remove("hang-lamp");
        ledger.Skills["mend-chair"].Add(ExportTests.Skill("mend-chair", ("references/nails.md", "long")));
        await CommandLineRun.OfAsync("skill", "sync", colleague, "--url", ledger.Url.ToString());
        File.Copy(Path.Combine(colleague, "skills.lock.json"), LockFile, overwrite: true);

        var verified = await VerifyAsync();
        verified.ExitCode.ShouldBe(1);
        Marks(verified.Json).ShouldBe(["changed mend-chair", "extra hang-lamp"]);
        folder.Write("skills/hang-lamp/notes.md", "mine");
        (await SyncAsync(how)).ExitCode.ShouldBe(1);
        File.Delete(Path.Combine(Target, "hang-lamp", "notes.md"));

        var run = await SyncAsync(how);
        run.ExitCode.ShouldBe(0, run.Error);
        Names(run.Json, "removed").ShouldBe(["hang-lamp"]);
        (await MarksAsync()).ShouldBe(["ok mend-chair"]);
        File.Exists(Path.Combine(Target, "mend-chair", "references", "nails.md")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_folder_that_nobody_knows_is_marked_and_is_not_a_fault()
    {
        await SyncAsync();
        folder.Write("skills/by-hand/skill.md", "mine");
        folder.Write("skills/no-skill/README.md", "mine");

        var run = await VerifyAsync();

        run.ExitCode.ShouldBe(0);
        Marks(run.Json).ShouldBe(["ok hang-lamp", "ok mend-chair", "extra by-hand"]);
    }

    [Fact]
    public async Task What_fell_to_quarantine_is_given_to_nobody_whatever_the_lock_file_says()
    {
        await SyncAsync();
        folder.Write("elsewhere/skills.lock.json", File.ReadAllBytes(LockFile));
        ledger.Quarantined.Add(("mend-chair", 2));

        var verified = await VerifyAsync();
        verified.ExitCode.ShouldBe(1);
        Marks(verified.Json).ShouldBe(["ok hang-lamp", "quarantined mend-chair"]);
        var frozen = await CommandLineRun.OfAsync("skill", "sync", folder["elsewhere"], "--frozen", "--url", ledger.Url.ToString());
        frozen.ExitCode.ShouldBe(1);
        frozen.Error.ShouldContain("quarantine");
        Directory.EnumerateDirectories(folder["elsewhere"]).ShouldBeEmpty();
        (await CommandLineRun.OfAsync("skill", "diff", "mend-chair", "1", "2", "--url", ledger.Url.ToString())).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task What_fell_below_what_its_alias_needs_is_wrong_and_is_installed_by_nobody()
    {
        (ledger.Aliases[("production", "mend-chair")], ledger.Aliases[("stable", "mend-chair")]) = (1, 1);
        await SyncAsync("--alias", "production");
        await CommandLineRun.OfAsync("skill", "sync", folder["stable"], "--alias", "stable", "--url", ledger.Url.ToString());
        folder.Write("elsewhere/skills.lock.json", File.ReadAllBytes(LockFile));

        ledger.Tier = "t2";

        var verified = await VerifyAsync();
        verified.ExitCode.ShouldBe(1);
        Marks(verified.Json).ShouldBe(["fallen mend-chair"]);
        verified.Json.GetProperty("skills")[0].Text("detail").ShouldStartWith("version 1 of mend-chair fell to T2, and production needs T3: take it out");
        var frozen = await CommandLineRun.OfAsync("skill", "sync", folder["elsewhere"], "--frozen", "--url", ledger.Url.ToString());
        frozen.ExitCode.ShouldBe(1);
        frozen.Error.ShouldContain("production needs T3");
        Directory.EnumerateDirectories(folder["elsewhere"]).ShouldBeEmpty();
        (await CommandLineRun.OfAsync("skill", "verify", folder["stable"], "--url", ledger.Url.ToString())).ExitCode.ShouldBe(0);
        ledger.Aliases.Remove(("production", "mend-chair"));
        Names((await SyncAsync("--alias", "production")).Json, "removed").ShouldBe(["mend-chair"]);
    }

    [Fact]
    public async Task A_sync_that_was_broken_off_is_made_good_though_the_ledger_went_on()
    {
        await SyncAsync();
        var (lockFile, journal) = (File.ReadAllBytes(LockFile), Path.Combine(Target, ".skills.local", "installed.jsonl"));
        ledger.Skills["mend-chair"].Add(ExportTests.Skill("mend-chair", ("references/nails.md", "long")));
        ledger.Skills["paint-wall"] = [ExportTests.Skill("paint-wall")];
        await SyncAsync();
        // As it is when the command is killed after the folders and before the lock file, in the midst of a line.
        File.WriteAllBytes(LockFile, lockFile);
        File.AppendAllText(journal, "{\"id\":\"mend-ch");
        folder.Write("skills/.mend-chair.new/SKILL.md", "half");
        ledger.Skills["mend-chair"].Add(ExportTests.Skill("mend-chair", ("references/clamps.md", "firm")));
        ledger.Skills["paint-wall"].Add(ExportTests.Skill("paint-wall", ("more.md", "x")));

        var run = await SyncAsync();

        run.ExitCode.ShouldBe(0, run.Error);
        Names(run.Json, "updated").ShouldBe(["mend-chair", "paint-wall"]);
        Directory.Exists(Path.Combine(Target, ".mend-chair.new")).ShouldBeFalse();
        (await MarksAsync()).ShouldBe(["ok hang-lamp", "ok mend-chair", "ok paint-wall"]);
    }

    [Fact]
    public async Task Only_the_execute_bit_of_a_mode_is_looked_at()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes");
        if (OperatingSystem.IsWindows()) return;
        await SyncAsync();
        var file = Path.Combine(Target, "hang-lamp", "SKILL.md");

        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.GroupWrite);
        (await MarksAsync())[0].ShouldBe("ok hang-lamp");
        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserExecute);
        (await MarksAsync())[0].ShouldBe("changed hang-lamp");
    }

    [Fact]
    public async Task What_the_disk_refuses_is_told_of_each_skill()
    {
        await SyncAsync();
        folder.Write("elsewhere/skills.lock.json", File.ReadAllBytes(LockFile));
        Directory.CreateDirectory(folder["elsewhere/.skills.local"]);
        // The journal cannot be written where a folder is in its place, so nothing that it would be about is.
        Directory.CreateDirectory(folder["elsewhere/.skills.local/installed.jsonl"]);

        var run = await CommandLineRun.OfAsync("skill", "sync", folder["elsewhere"], "--frozen", "--json", "--url", ledger.Url.ToString());

        run.ExitCode.ShouldBe(1, run.Error);
        run.Json.GetProperty("refused").GetArrayLength().ShouldBe(2);
        Names(run.Json, "added").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_changed_by_hand_is_reported_and_left_until_it_is_forced()
    {
        await SyncAsync();
        folder.Write("skills/mend-chair/SKILL.md", "mine");
        folder.Write("skills/hang-lamp/notes.md", "mine");
        ledger.Skills.Remove("hang-lamp");

        for (var time = 0; time < 2; time++)
        {
            var run = await SyncAsync();
            run.ExitCode.ShouldBe(1);
            run.Json.GetProperty("refused").EnumerateArray().Select(r => r.Text("skill")).ShouldBe(["mend-chair", "hang-lamp"]);
        }
        File.ReadAllText(Path.Combine(Target, "mend-chair", "SKILL.md")).ShouldBe("mine");
        File.Exists(Path.Combine(Target, "hang-lamp", "notes.md")).ShouldBeTrue();

        (await SyncAsync("--force")).ExitCode.ShouldBe(0);
        (await MarksAsync()).ShouldBe(["ok mend-chair"]);
        Directory.Exists(Path.Combine(Target, "hang-lamp")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_folder_that_it_did_not_make_is_not_touched_even_by_force()
    {
        folder.Write("skills/mend-chair/SKILL.md", "mine");
        folder.Write("skills/other/SKILL.md", "mine");

        (await SyncAsync("--force")).ExitCode.ShouldBe(1);

        File.ReadAllText(Path.Combine(Target, "mend-chair", "SKILL.md")).ShouldBe("mine");
        File.Exists(Path.Combine(Target, "other", "SKILL.md")).ShouldBeTrue();
        Directory.Exists(Path.Combine(Target, "hang-lamp")).ShouldBeTrue();
    }

    [Fact]
    public async Task Frozen_installs_what_the_lock_file_says_whatever_is_served_since()
    {
        await SyncAsync();
        var lockFile = File.ReadAllBytes(LockFile);
        ledger.Skills["mend-chair"].Add(ExportTests.Skill("mend-chair", ("references/nails.md", "long")));
        folder.Write("elsewhere/skills.lock.json", lockFile);

        var run = await CommandLineRun.OfAsync("skill", "sync", folder["elsewhere"], "--frozen", "--json", "--url", ledger.Url.ToString());

        run.ExitCode.ShouldBe(0, run.Error);
        File.ReadAllText(folder["elsewhere/mend-chair/references/glue.md"]).ShouldBe("bone");
        File.ReadAllBytes(folder["elsewhere/skills.lock.json"]).ShouldBe(lockFile);
        (await CommandLineRun.OfAsync("skill", "sync", folder["nothing"], "--frozen", "--url", ledger.Url.ToString())).Error.ShouldContain("no skills.lock.json");
        (await CommandLineRun.OfAsync("skill", "sync", Target, "--frozen", "--alias", "production")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task Frozen_changes_nothing_when_one_of_the_skills_cannot_be_had_as_it_was()
    {
        await SyncAsync();
        folder.Write("elsewhere/skills.lock.json", File.ReadAllBytes(LockFile));
        ledger.Revoked.Add(("mend-chair", 2));

        var run = await CommandLineRun.OfAsync("skill", "sync", folder["elsewhere"], "--frozen", "--url", ledger.Url.ToString());

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("revoked");
        Directory.EnumerateDirectories(folder["elsewhere"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lock_file_that_was_edited_does_not_make_bytes_right()
    {
        await SyncAsync();
        folder.Write("skills/hang-lamp/SKILL.md", "tampered");
        var changed = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("tampered"u8));
        var text = File.ReadAllText(LockFile);
        var at = text.IndexOf("\"sha256\": \"", StringComparison.Ordinal) + "\"sha256\": \"".Length;
        var was = text[at..text.IndexOf('"', at)];
        File.WriteAllText(LockFile, text.Replace(was, was[..^64] + changed, StringComparison.Ordinal).Replace($"\"size\": {ledger.Skills["hang-lamp"][0].Files[0].Content.Length}", "\"size\": 8", StringComparison.Ordinal));

        (await MarksAsync("--offline"))[0].ShouldBe("changed hang-lamp");
        var run = await CommandLineRun.OfAsync("skill", "sync", Target, "--frozen", "--url", ledger.Url.ToString());
        run.Error.ShouldContain("contradicts itself");
    }

    [Fact]
    public async Task Verify_marks_each_skill_and_fails_when_one_is_wrong()
    {
        foreach (var name in new[] { "a-gone", "b-edited", "c-revoked", "d-newer", "e-kept" }) ledger.Skills[name] = [ExportTests.Skill(name)];
        await SyncAsync();
        (await VerifyAsync()).ExitCode.ShouldBe(0);

        Directory.Delete(Path.Combine(Target, "a-gone"), recursive: true);
        folder.Write("skills/b-edited/scripts/extra.sh", "x");
        ledger.Revoked.Add(("c-revoked", 1));
        ledger.Skills["d-newer"].Add(ExportTests.Skill("d-newer", ("more.md", "x")));
        var run = await VerifyAsync();

        run.ExitCode.ShouldBe(1);
        Marks(run.Json).ShouldBe(["missing a-gone", "changed b-edited", "revoked c-revoked", "newer d-newer", "ok e-kept", "ok hang-lamp", "ok mend-chair"]);
        (await MarksAsync("--offline")).ShouldBe(["missing a-gone", "changed b-edited", "ok c-revoked", "ok d-newer", "ok e-kept", "ok hang-lamp", "ok mend-chair"]);
    }

    [Fact]
    public async Task Without_a_server_verify_is_about_the_bytes_and_says_so()
    {
        await SyncAsync();

        var run = await CommandLineRun.OfAsync("skill", "verify", Target, "--json", "--url", "http://127.0.0.1:1");

        run.ExitCode.ShouldBe(0);
        run.Json.GetProperty("online").GetBoolean().ShouldBeFalse();
        run.Error.ShouldContain("bytes only");
        (await CommandLineRun.OfAsync("skill", "verify", folder["nothing"], "--offline")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Scripts_below_T3_are_left_out_and_told_and_the_rest_is_right()
    {
        ledger.Tier = "t2";
        ledger.Skills["saw-plank"] = [ExportTests.Skill("saw-plank", ("scripts/saw.sh", "echo"), ("references/wood.md", "oak"))];

        var run = await SyncAsync();

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain("withheld  saw-plank: scripts/saw.sh. Scripts need T3");
        run.Json.GetProperty("withheld")[0].Text("skill").ShouldBe("saw-plank");
        Directory.Exists(Path.Combine(Target, "saw-plank", "scripts")).ShouldBeFalse();
        File.Exists(Path.Combine(Target, "saw-plank", "references", "wood.md")).ShouldBeTrue();
        var verified = (await VerifyAsync()).Json.GetProperty("skills").EnumerateArray().Single(s => s.Text("name") == "saw-plank");
        (verified.Text("mark"), verified.Text("detail"), verified.Text("digest")).ShouldBe(("ok", "without scripts/saw.sh", ledger.Skills["saw-plank"][0].Digest));
        var (lockFile, downloads) = (File.ReadAllBytes(LockFile), ledger.Downloads);
        (await SyncAsync()).ExitCode.ShouldBe(0);
        ledger.Downloads.ShouldBe(downloads);
        File.ReadAllBytes(LockFile).ShouldBe(lockFile);

        // Frozen is as the lock file says, and a script that somebody puts there is a change like any other.
        folder.Write("elsewhere/skills.lock.json", lockFile);
        (await CommandLineRun.OfAsync("skill", "sync", folder["elsewhere"], "--frozen", "--url", ledger.Url.ToString())).ExitCode.ShouldBe(0);
        Directory.Exists(folder["elsewhere/saw-plank/scripts"]).ShouldBeFalse();
        folder.Write("skills/saw-plank/scripts/saw.sh", "echo");
        (await MarksAsync("--offline")).ShouldContain("changed saw-plank");
    }

    [Fact]
    public async Task Scripts_come_and_go_with_the_tier_and_with_who_asks_for_them()
    {
        ledger.Tier = "t1";
        ledger.Skills["saw-plank"] = [ExportTests.Skill("saw-plank", ("scripts/saw.sh", "echo"))];
        var script = Path.Combine(Target, "saw-plank", "scripts", "saw.sh");

        Names((await SyncAsync("--with-scripts")).Json, "added").ShouldContain("saw-plank");
        File.Exists(script).ShouldBeTrue();
        var whole = File.ReadAllBytes(LockFile);
        Names((await SyncAsync()).Json, "updated").ShouldBe(["saw-plank"]);
        File.Exists(script).ShouldBeFalse();

        ledger.Tier = "t3";
        Names((await SyncAsync()).Json, "updated").ShouldBe(["saw-plank"]);
        File.Exists(script).ShouldBeTrue();

        ledger.Tier = "t2";
        folder.Write("elsewhere/skills.lock.json", whole);
        var frozen = await CommandLineRun.OfAsync("skill", "sync", folder["elsewhere"], "--frozen", "--url", ledger.Url.ToString());
        frozen.ExitCode.ShouldBe(1);
        frozen.Error.ShouldContain("the lock file gives scripts/saw.sh, but scripts need T3, and version 1 is at T2");
        (await CommandLineRun.OfAsync("skill", "sync", folder["elsewhere"], "--frozen", "--with-scripts", "--url", ledger.Url.ToString())).ExitCode.ShouldBe(0);
        File.Exists(folder["elsewhere/saw-plank/scripts/saw.sh"]).ShouldBeTrue();
    }

    [Fact]
    public async Task A_link_among_the_files_is_a_change_and_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        await SyncAsync();
        Directory.CreateSymbolicLink(Path.Combine(Target, "hang-lamp", "loop"), Target);

        (await MarksAsync())[0].ShouldBe("changed hang-lamp");
        (await SyncAsync()).ExitCode.ShouldBe(1);
        (await SyncAsync("--force")).ExitCode.ShouldBe(0);
        File.Exists(LockFile).ShouldBeTrue();
    }

    private Task<CommandLineRun> SyncAsync(params string[] options) => CommandLineRun.OfAsync(["skill", "sync", Target, "--json", "--url", ledger.Url.ToString(), .. options]);

    private Task<CommandLineRun> VerifyAsync(params string[] options) => CommandLineRun.OfAsync(["skill", "verify", Target, "--json", "--url", ledger.Url.ToString(), .. options]);

    private async Task<IReadOnlyList<string>> MarksAsync(params string[] options) => Marks((await VerifyAsync(options)).Json);

    private static List<string> Marks(JsonElement verified) => [.. verified.GetProperty("skills").EnumerateArray().Select(s => $"{s.Text("mark")} {s.Text("name")}")];

    private static List<string> Names(JsonElement result, string what) => [.. result.GetProperty(what).EnumerateArray().Select(n => n.GetString()!)];
}
