using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger.Log;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Log;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

/// <summary>The log as somebody checks it who has nothing but HTTP and a key that was kept.</summary>
public sealed class AuditTests(PostgresFixture postgres) : IAsyncLifetime
{
    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres);

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task What_the_log_says_holds_for_whoever_kept_its_first_key()
    {
        var kept = NoteKey.TryParse((await ledger.ReadAsync("/api/audit/keys")).GetProperty("current").GetString()!).ShouldNotBeNull();
        await FeedAsync(Run.Many(3));
        var proof = await ProofAsync("leaf=2");
        var (_, first) = await CheckpointAsync(kept);
        (await ledger.PostAsync("/api/audit/keys/rotate", new JsonObject { ["reason"] = "the yearly change" })).Status.ShouldBe(200);
        await FeedAsync(Run.Many(2, from: 20));

        var (note, second) = await CheckpointAsync(kept);

        second.Size.ShouldBeGreaterThan(first.Size);
        note.Signatures[0].KeyId.ShouldNotBe(kept.Id);
        var consistency = await ledger.ReadAsync(string.Create(CultureInfo.InvariantCulture, $"/api/audit/consistency?from={first.Size}&to={second.Size}"));
        new ConsistencyProof(first.Size, second.Size, Hashes(consistency)).Verify(first.Root, second.Root).ShouldBeTrue();
        var text = proof.GetProperty("text").GetString()!;
        LeafRecord.TryRead(Encoding.UTF8.GetBytes(text)).ShouldNotBeNull().Stream.ShouldBe("policy-curation");
        var covered = Checkpoint.TryParse(SignedNote.TryParse(proof.GetProperty("checkpoint").GetString()!)!.Text).ShouldNotBeNull();
        new InclusionProof(2, covered.Size, Hashes(proof)).Verify(MerkleHash.OfLeaf(Encoding.UTF8.GetBytes(text)), covered.Root).ShouldBeTrue();
        proof.GetProperty("tlogProof").GetString().ShouldStartWith("c2sp.org/tlog-proof@v1\nindex 2\n");
        (await ProofAsync("event=policy-curation@2")).GetProperty("leaf").GetInt64().ShouldBe(2);
    }

    [Theory]
    [InlineData("/api/audit/proof", 400, "leaf-or-event")]
    [InlineData("/api/audit/proof?leaf=1&event=x@1", 400, "leaf-or-event")]
    [InlineData("/api/audit/proof?leaf=4711", 404, "leaf-unknown")]
    [InlineData("/api/audit/proof?leaf=-1", 404, "leaf-unknown")]
    [InlineData("/api/audit/proof?event=x", 400, "event")]
    [InlineData("/api/audit/proof?event=x@1", 404, "event-unknown")]
    [InlineData("/api/audit/proof?leaf=2&size=2", 400, "size")]
    [InlineData("/api/audit/consistency?from=3&to=2", 400, "size")]
    [InlineData("/api/audit/consistency?from=0&to=4711", 400, "size")]
    public async Task What_cannot_be_proved_is_a_problem(string path, int status, string code) => (await ledger.GetAsync(path)).ShouldBeProblem(status, code);

    [Fact]
    public async Task A_log_that_was_set_back_says_so_everywhere_takes_events_in_and_goes_on_when_an_admin_accepts_it()
    {
        await FeedAsync(Run.Many(2));
        await ledger.InvokeAsync("SealLedger", null);
        var sealedNow = (await ledger.ReadAsync("/api/status")).GetProperty("sealed").GetInt64();
        await ProofAsync($"leaf={sealedNow - 1}");
        var published = (await ledger.ReadAsync("/api/audit/checkpoint")).GetProperty("checkpoint").GetProperty("size").GetInt64();
        // The last event is taken out, with all that the tables know of it.
        var leaves = await LeafHashesAsync(published - 1);
        var edge = CompactRange.Empty.Append(leaves);
        await ledger.ExecuteAsync(
            $"""
            delete from ledger.mt_events where seq_id in (select seq_id from ledger.leaves where leaf_index >= {published - 1});
            delete from ledger.leaves where leaf_index >= {published - 1};
            delete from ledger.checkpoints where size >= {published};
            update ledger.seal_state set size = {published - 1}, hashed = {published - 1}, frontier = '\x{Convert.ToHexStringLower(edge.ToArray())}'
            """);

        (await ledger.EmitAsync(Run.Many(1, from: 30))).Status.ShouldBe(202);
        await ledger.InvokeAsync("SealLedger", null);
        (await ledger.GetAsync("/readyz")).ShouldBeProblem(503, "log-shorter-than-published");
        (await ledger.ReadAsync("/api/status")).GetProperty("log").GetProperty("stopped").GetProperty("code").GetString().ShouldBe("log-shorter-than-published");
        (await ledger.ReadAsync("/api/audit/checkpoint")).GetProperty("stopped").GetProperty("whatToDo").GetString()!.ShouldContain("--accept-fork");
        ledger.Log.Text.ShouldContain("it is an older backup, or leaves were taken out");

        (await ledger.PostAsync("/api/audit/fork", new JsonObject { ["reason"] = " " })).ShouldBeProblem(400, "reason");
        var forked = await ledger.PostAsync("/api/audit/fork", new JsonObject { ["reason"] = "restored Sunday's backup" });
        forked.Json.GetProperty("origin").GetString()!.ShouldContain("/2-");
        (await ledger.GetAsync("/readyz")).Status.ShouldBe(200);
        var log = await ledger.ReadAsync("/api/audit/checkpoint");
        log.GetProperty("fork").GetProperty("reason").GetString().ShouldBe("restored Sunday's backup");
        log.GetProperty("checkpoint").GetProperty("origin").GetString()!.ShouldContain("/2-");
        (await ledger.PostAsync("/api/audit/fork", new JsonObject { ["reason"] = "again" })).ShouldBeProblem(409, "log-in-order");
    }

    [Fact]
    public async Task A_file_that_was_cut_off_has_a_way_out_that_is_on_record_and_is_kept_beside()
    {
        await FeedAsync(Run.Many(2));
        var file = Path.Combine(ledger.Home, "checkpoint");
        await File.WriteAllTextAsync(file, "ledger.loc", TestContext.Current.CancellationToken);
        (await ledger.EmitAsync(Run.Many(1, from: 30))).Status.ShouldBe(202);
        await ledger.Service<CheckpointSigner>().SignAsync(atOnce: true, TestContext.Current.CancellationToken);
        (await ledger.GetAsync("/readyz")).ShouldBeProblem(503, "checkpoint-unreadable");

        (await ledger.PostAsync("/api/audit/fork", new JsonObject { ["reason"] = "the disk was full" })).Status.ShouldBe(200);

        (await ledger.GetAsync("/readyz")).Status.ShouldBe(200);
        (await ledger.ReadAsync("/api/audit/checkpoint")).GetProperty("fork").GetProperty("reason").GetString().ShouldBe("the disk was full");
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldContain("/2-");
        File.ReadAllText(Directory.GetFiles(ledger.Home, "checkpoint.2*").ShouldHaveSingleItem()).ShouldBe("ledger.loc");
    }

    private async Task FeedAsync(IEnumerable<Run> runs)
    {
        (await ledger.EmitAsync(runs)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
    }

    private async Task<JsonElement> ProofAsync(string query) => await ledger.ReadAsync($"/api/audit/proof?{query}");

    private async Task<(SignedNote Note, Checkpoint Checkpoint)> CheckpointAsync(NoteKey kept)
    {
        await ledger.InvokeAsync("SealLedger", null);
        var answer = await ledger.GetAsync("/checkpoint");
        answer.ContentType.ShouldStartWith("text/plain");
        var note = SignedNote.TryParse(answer.Body).ShouldNotBeNull();
        var introduced = (await ledger.Store.ReadStreamAsync("*DEFAULT*", $"log-{kept.Name}")).Select(e => e.Event);
        note.Verify(LogKeys.Fold(introduced).TrustedFrom(kept)).Holds.ShouldBeTrue();
        return (note, Checkpoint.TryParse(note.Text).ShouldNotBeNull());
    }

    private async Task<IReadOnlyList<MerkleHash>> LeafHashesAsync(long count) =>
        [.. (await ledger.ColumnAsync($"select encode(leaf_hash, 'hex') from ledger.leaves where leaf_index < {count} order by leaf_index")).Select(h => MerkleHash.Read(Convert.FromHexString(h)))];

    private static List<MerkleHash> Hashes(JsonElement answer) =>
        [.. answer.GetProperty("proof").EnumerateArray().Select(h => MerkleHash.TryParse(h.GetString()!, out var hash) ? hash : throw new FormatException())];
}
