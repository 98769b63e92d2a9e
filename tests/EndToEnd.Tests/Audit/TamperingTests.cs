using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Domain.Ledger.Log;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Audit;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Log;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Audit;

/// <summary>Does to the database what somebody with all rights on it could do, and has it verified by an auditor who kept a key and a checkpoint. What finds what
/// stands in docs/audit.md, and is compared with what was found here.</summary>
public sealed partial class TamperingTests(PostgresFixture postgres)
{
    private const string Begin = "<!-- tampering -->\n", End = "<!-- /tampering -->\n";

    private static readonly string[] Tables =
    [
        "mt_streams", "mt_events", "leaves", "tree_nodes", "seal_state", "checkpoints", "contents", "skill_names", "projection_positions", "skill_catalogue", "skill_versions",
        "trajectory_catalogue", "family_catalogue", "family_evidence",
    ];

    private const string Fifth = "(select seq_id from ledger.leaves where leaf_index = 5)";

    // Of each check the first place: `5` is that leaf, `{type}` the leaf of the first such event, `{end}` where the log ends, `*` whichever checkpoint comes first.
    private static readonly IReadOnlyList<(string What, string Places, Func<HandDrivenLedger, Task> Do)> Deeds =
    [
        ("a byte of an event is changed", "event-changed 5", Sql($"update ledger.mt_events set data = jsonb_set(data, '{{x}}', '1') where seq_id = {Fifth}")),
        ("an event's time is changed", "event-changed 5", Sql($"update ledger.mt_events set timestamp = timestamp + interval '1 microsecond' where seq_id = {Fifth}")),
        ("an event is deleted", "event-gone 5, read-model {end}, stream-end {end}, stream-order 6", Sql($"delete from ledger.mt_events where seq_id = {Fifth}")),
        ("an event is deleted with its leaf", "leaf-order 5, read-model {end}, stream-end {end}, stream-order 6", Sql($"delete from ledger.mt_events where seq_id = {Fifth}", "delete from ledger.leaves where leaf_index = 5")),
        ("an event is put in", "stray-event {end}, stream-end {end}", Sql($"insert into ledger.mt_events (seq_id, id, stream_id, version, data, type) select nextval('ledger.mt_events_sequence'), gen_random_uuid(), stream_id, 1000, data, type from ledger.mt_events where seq_id = {Fifth}")),
        ("two events change places", "event-changed 5, read-model {end}, stream-order 5", Sql($"update ledger.leaves l set seq_id = -o.seq_id from ledger.leaves o where l.leaf_index in (5, 6) and o.leaf_index in (5, 6) and o.leaf_index <> l.leaf_index", "update ledger.leaves set seq_id = -seq_id where seq_id < 0")),
        ("two events change places, with their hashes", "checkpoint *, read-model {end}, stream-order 5", Sql("update ledger.leaves set leaf_index = -leaf_index where leaf_index in (5, 6)", "update ledger.leaves set leaf_index = 11 + leaf_index where leaf_index < 0")),
        ("an event and its hash are changed", "checkpoint *", ledger => LedgerAttack.ChangeWithItsHashAsync(ledger, 5)),
        ("the last events are dropped", "log-shorter {end}, read-model {end}, stream-end {end}", CutAsync),
        ("an older backup is restored", "log-shorter {end}", ledger => PutBackAsync(ledger, "earlier")),
        ("a checkpoint is signed with another key", "checkpoint-signature {end}", SignedByAnotherAsync),
        ("a checkpoint is signed with a key that was replaced", "checkpoint-signature {end}", SignedByTheReplacedAsync),
        ("a file of a package is altered", "content-changed {skill_created}", Sql($"update ledger.contents set body = set_byte(body, length(body) / 2, (get_byte(body, length(body) / 2) + 1) % 256) where {NamedBy("skill_created")}")),
        ("a file of a package is deleted", "content-missing {skill_created}", Sql($"delete from ledger.contents where {NamedBy("skill_created")}")),
        ("a policy is altered", "content-changed {policy_published}", Sql($"update ledger.contents set body = '\\x00' where {NamedBy("policy_published")}")),
        ("a validator's report is deleted", "content-missing {validation_completed}", Sql($"delete from ledger.contents where {NamedBy("validation_completed")}")),
        ("the row of a stream is altered", "stream-end {end}", Sql("update ledger.mt_streams set version = version + 1 where id like 'skill-%'")),
        ("a name is given to another skill", "skill-name {end}", Sql("update ledger.skill_names set skill_id = 'another'")),
        ("a read model is altered", "read-model {end}", Sql("update ledger.skill_catalogue set description = 'Trust me.'")),
        ("history is rewritten, every hash made anew, and every checkpoint, the published one, too, signed anew with the log's stolen keys", "checkpoint *", ledger => LedgerAttack.RewriteAndSignAsync(ledger, 5, published: true)),
    ];

    [Fact]
    public async Task Whatever_is_tampered_with_is_found_and_placed_and_the_table_in_docs_says_by_which_check()
    {
        using var kept = new ScratchFolder();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await ledger.EmitAsync(Run.Many(6));
        await ledger.ProjectAllAsync();
        kept.Write("log.pub", (await RunAsync(ledger, "audit", "key", "show")).Out);
        (await ledger.Service<LogCommands>().RotateAsync("the yearly change", lost: false, TestContext.Current.CancellationToken)).ShouldBeOfType<KeyOutcome.Done>();
        await SaveAsync(ledger, "earlier");
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
        await ledger.Service<LedgerFollower>().SignAsync(atOnce: true, TestContext.Current.CancellationToken);
        (await RunAsync(ledger, "audit", "checkpoint", "-o", kept["kept.checkpoint"])).ExitCode.ShouldBe(ExitCodes.Done);
        File.Copy(Path.Combine(ledger.Home, "checkpoint"), kept["published"]);
        await SaveAsync(ledger, "saved");
        var sound = await VerifyAsync(ledger, kept);
        sound.ExitCode.ShouldBe(ExitCodes.Done, sound.Error);
        sound.Json.GetProperty("contents").GetInt32().ShouldBeGreaterThan(sound.Json.GetProperty("files").GetInt32(), "policies and reports, too");

        var page = new StringBuilder("| what is done to the database | found by |\n|---|---|\n");
        foreach (var (what, places, deed) in Deeds)
        {
            var first = await FirstLeavesAsync(ledger);
            await deed(ledger);
            var run = await VerifyAsync(ledger, kept);
            var end = await ledger.Service<LogTree>().SizeAsync();
            await RestoreAsync(ledger, kept);

            run.ExitCode.ShouldBe(ExitCodes.Altered, what + run.Error);
            // A program that ran while it was done stops, too; what is found without it counts here.
            var findings = run.Json.GetProperty("findings").EnumerateArray().Where(f => f.Text("check") != "log-stopped")
                .GroupBy(f => f.Text("check"), f => f.GetProperty("leaf").GetInt64(), StringComparer.Ordinal).OrderBy(f => f.Key, StringComparer.Ordinal).ToList();
            var expected = Leaves().Replace(places, place => place.Value == "{end}" ? $"{end}" : $"{first[place.Value.Trim('{', '}')]}");
            string.Join(", ", findings.Select(f => $"{f.Key} {(f.Key == "checkpoint" ? "*" : f.Min())}")).ShouldBe(expected, what);
            page.Append($"| {what} | {string.Join(", ", findings.Select(f => $"`{f.Key}`"))} |\n");
        }

        // A program that runs on remembers what it has published, and stops. So these two are of programs that were started afterwards.
        await LedgerAttack.RewriteAndSignAsync(ledger, 5, published: false);
        await using var started = await HandDrivenLedger.StartAsync(postgres, follows: false, existing: ledger);
        (await SignAsync(ledger)).ShouldBeOfType<SigningOutcome.Stopped>().Stop.Code.ShouldBe("log-inconsistent");
        (await SignAsync(started)).ShouldBeOfType<SigningOutcome.Stopped>().Stop.Code.ShouldBe("log-inconsistent");
        var keyAlone = await RunAsync(started, "audit", "verify", "--key", kept["log.pub"], "--json");
        keyAlone.ExitCode.ShouldBe(ExitCodes.Altered, keyAlone.Error);
        keyAlone.Json.GetProperty("findings").EnumerateArray().Select(f => f.Text("check")).ShouldBe(["log-stopped"]);
        page.Append("| the same, but for the published checkpoint, and the auditor kept none | `log-stopped` |\n");
        await RestoreAsync(ledger, kept);

        await LedgerAttack.RewriteAndSignAsync(ledger, 5, published: true);
        await using var unaware = await HandDrivenLedger.StartAsync(postgres, follows: false, existing: ledger);
        (await SignAsync(ledger)).ShouldBeOfType<SigningOutcome.Stopped>();
        (await SignAsync(unaware)).ShouldBeOfType<SigningOutcome.Nothing>();
        foreach (var args in new string[][] { ["audit", "verify"], ["audit", "verify", "--key", kept["log.pub"]], ["audit", "checkpoint", "--verify", "--key", kept["log.pub"]] })
            (await RunAsync(unaware, args)).ExitCode.ShouldBe(ExitCodes.Done, "docs/audit.md says that nothing finds it");
        var witness = await RunAsync(unaware, "audit", "checkpoint", "--verify", "--key", kept["log.pub"], "--kept", kept["kept.checkpoint"]);
        witness.ExitCode.ShouldBe(ExitCodes.Refused, witness.Out);
        (await VerifyAsync(unaware, kept)).ExitCode.ShouldBe(ExitCodes.Altered);
        page.Append("| the same, the published checkpoint, too, and the auditor kept none | nothing |\n");
        await RestoreAsync(ledger, kept);

        (await VerifyAsync(ledger, kept)).ExitCode.ShouldBe(ExitCodes.Done, "what was put right is right");
        Documented(page.ToString());
    }

    [Fact]
    public async Task That_the_log_is_stopped_is_a_finding_and_what_to_do_about_it_is_said()
    {
        using var kept = new ScratchFolder();
        await using var before = await HandDrivenLedger.StartAsync(postgres, follows: false);
        await before.ImportAsync(Written.Skill("by-hand", "First."));
        await before.Service<LedgerFollower>().SignAsync(atOnce: true, TestContext.Current.CancellationToken);
        (await RunAsync(before, "audit", "verify")).ExitCode.ShouldBe(ExitCodes.Done);
        await File.WriteAllTextAsync(Path.Combine(before.Home, "checkpoint"), "no note", TestContext.Current.CancellationToken);
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, existing: before);

        var run = await RunAsync(ledger, "audit", "verify");
        var json = await RunAsync(ledger, "audit", "verify", "--json");

        (run.ExitCode, json.ExitCode).ShouldBe((ExitCodes.Altered, ExitCodes.Altered));
        run.Out.ShouldContain("log-stopped");
        run.Error.ShouldContain(LogStop.WhatToDo);
        json.Json.GetProperty("findings").EnumerateArray().Single().Text("what").ShouldStartWith("checkpoint-unreadable: ");
        json.Json.GetProperty("stopped").Text("code").ShouldBe("checkpoint-unreadable");
        foreach (var args in new string[][] { ["audit", "bundle", "by-hand@1", "-o", kept["none"]], ["audit", "provenance", "by-hand@1", "--in-toto"] })
        {
            var refused = await RunAsync(ledger, args);
            refused.ExitCode.ShouldBe(ExitCodes.Refused, refused.Out);
            refused.Error.ShouldContain("while the log is stopped");
        }
    }

    [Fact]
    public async Task A_checkpoint_by_a_key_that_was_replaced_does_not_hold_by_itself_either()
    {
        using var kept = new ScratchFolder();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        kept.Write("log.pub", (await RunAsync(ledger, "audit", "key", "show")).Out);
        (await ledger.Service<LogCommands>().RotateAsync("the yearly change", lost: false, TestContext.Current.CancellationToken)).ShouldBeOfType<KeyOutcome.Done>();
        (await RunAsync(ledger, "audit", "checkpoint", "--verify", "--key", kept["log.pub"])).ExitCode.ShouldBe(ExitCodes.Done);
        (await RunAsync(ledger, "audit", "proof", "1", "--key", kept["log.pub"])).ExitCode.ShouldBe(ExitCodes.Done);

        await SignedByTheReplacedAsync(ledger);

        foreach (var args in new string[][] { ["audit", "checkpoint", "--verify"], ["audit", "proof", "1"] })
        {
            var run = await RunAsync(ledger, [.. args, "--key", kept["log.pub"]]);
            run.ExitCode.ShouldBe(ExitCodes.Refused, run.Out);
            run.Error.ShouldContain("replaced at leaf");
        }
    }

    private static void Documented(string page)
    {
        var file = Path.Combine(Repository.Root, "docs", "audit.md");
        var text = File.ReadAllText(file);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("PIPELINE_WRITE_DOCS") == "1") File.WriteAllText(file, text[..from] + page + text[to..]);
        else text[from..to].ShouldBe(page, "PIPELINE_WRITE_DOCS=1 writes it anew");
    }

    private static Func<HandDrivenLedger, Task> Sql(params string[] statements) => async ledger =>
    {
        var rows = 0;
        foreach (var statement in statements) rows += await ledger.ExecuteAsync(statement);
        rows.ShouldBePositive(statements[0]);
    };

    private static async Task CutAsync(HandDrivenLedger ledger) => await LedgerAttack.CutAsync(ledger, await ledger.Service<LogTree>().SizeAsync() - 3, withCheckpoints: true);

    private static async Task SignedByAnotherAsync(HandDrivenLedger ledger)
    {
        using var another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = NoteKey.OfEcdsa(await ledger.Service<LogIdentity>().OriginAsync(), another.ExportSubjectPublicKeyInfo());
        await SignLastAsync(ledger, key, text => Task.FromResult(another.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
    }

    private static async Task SignedByTheReplacedAsync(HandDrivenLedger ledger)
    {
        var identity = ledger.Service<LogIdentity>();
        var replaced = LogKeys.KeyOf((await identity.KeysAsync(await identity.OriginAsync())).Introduced[0])!;
        var signer = (await ledger.Service<ILogKeys>().FindAsync(replaced, TestContext.Current.CancellationToken))!;
        await SignLastAsync(ledger, replaced, async text => await signer.SignAsync(text, TestContext.Current.CancellationToken));
    }

    private static async Task SignLastAsync(HandDrivenLedger ledger, NoteKey key, Func<byte[], Task<byte[]>> sign)
    {
        var text = SignedNote.TryParse(await ledger.ScalarAsync<string>("select note from ledger.checkpoints order by size desc limit 1"))!.Text;
        var forged = SignedNote.Of(text, NoteSignature.By(key, await sign(SignedNote.SignedBytes(text))));
        await Sql($"update ledger.checkpoints set note = '{forged.ToString().Replace("'", "''", StringComparison.Ordinal)}' where size = (select max(size) from ledger.checkpoints)")(ledger);
    }

    private static Task<SigningOutcome> SignAsync(HandDrivenLedger ledger) => ledger.Service<CheckpointSigner>().SignAsync(atOnce: true, TestContext.Current.CancellationToken);

    private static async Task RestoreAsync(HandDrivenLedger ledger, ScratchFolder kept)
    {
        File.Copy(kept["published"], Path.Combine(ledger.Home, "checkpoint"), overwrite: true);
        await PutBackAsync(ledger, "saved");
    }

    private static async Task SaveAsync(HandDrivenLedger ledger, string schema)
    {
        await ledger.Service<LedgerFollower>().SettleAsync(TestContext.Current.CancellationToken);
        await ledger.ExecuteAsync($"create schema {schema}");
        foreach (var table in Tables) await ledger.ExecuteAsync($"create table {schema}.{table} as select * from ledger.{table}");
    }

    // As from a dump: no row looks for another on the way.
    private static Task<int> PutBackAsync(HandDrivenLedger ledger, string schema) => ledger.ExecuteAsync(
        "begin; set local session_replication_role = replica; " + string.Concat(Tables.Select(t => $"delete from ledger.{t}; insert into ledger.{t} select * from {schema}.{t}; ")) + "commit");

    private static async Task<IReadOnlyDictionary<string, long>> FirstLeavesAsync(HandDrivenLedger ledger) =>
        (await ledger.ColumnAsync("select e.type || ' ' || min(l.leaf_index) from ledger.leaves l join ledger.mt_events e using (seq_id) group by e.type"))
            .Select(line => line.Split(' ')).ToDictionary(line => line[0], line => long.Parse(line[1], System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);

    // The contents that the first event of a type names.
    private static string NamedBy(string type) => $"position(encode(sha256, 'hex') in (select data::text from ledger.mt_events where type = '{type}' order by seq_id limit 1)) > 0";

    [GeneratedRegex("\\{[a-z_]+\\}")]
    private static partial Regex Leaves();

    private static Task<CommandLineRun> VerifyAsync(HandDrivenLedger ledger, ScratchFolder kept) =>
        RunAsync(ledger, "audit", "verify", "--key", kept["log.pub"], "--kept", kept["kept.checkpoint"], "--json");

    private static async Task<CommandLineRun> RunAsync(HandDrivenLedger ledger, params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }
}
