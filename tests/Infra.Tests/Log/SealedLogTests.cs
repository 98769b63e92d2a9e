using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Tests.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Log;

/// <summary>What sealing leaves in the tables is the tree of what was sealed.</summary>
public sealed class SealedLogTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    private LogTree Tree => new(Db);

    [Fact]
    public async Task Every_leaf_is_the_hash_of_its_event_as_stored_and_the_tree_is_over_them()
    {
        for (var i = 0; i < 7; i++)
        {
            await AppendAsync(To($"trajectory-{i}", 0, 100));
            await Sealer.SealAllAsync();
        }

        var leaves = await Tree.LeavesAsync(0, long.MaxValue).ToListAsync();
        leaves.Select(l => l.Index).ShouldBe(Enumerable.Range(0, 700).Select(i => (long)i));
        leaves.ShouldAllBe(l => l.Holds);
        var range = CompactRange.Empty.Append(leaves.Select(l => l.Hash!.Value));
        (await Tree.RangeAsync(700)).IsSame(range).ShouldBeTrue();
        (await ScalarAsync<byte[]>("select frontier from ledger.seal_state")).ShouldBe(range.ToArray());
        (await RowsAsync("select level, node_index from ledger.tree_nodes order by 1, 2")).ShouldBe(["8 | 0", "8 | 1"]);
    }

    [Fact]
    public async Task Every_proof_that_is_read_holds()
    {
        await AppendAsync(To("trajectory-a", 0, 600));
        await Sealer.SealAllAsync();

        foreach (var (leaf, size) in ((long, long)[])[(0, 1), (0, 600), (255, 256), (256, 600), (511, 600), (599, 600), (300, 301)])
            (await Tree.InclusionAsync(leaf, size)).Verify((await Tree.LeafAsync(leaf))!.Hash!.Value, await Tree.RootAsync(size)).ShouldBeTrue();
        foreach (var (from, to) in ((long, long)[])[(0, 600), (1, 2), (256, 600), (255, 257), (599, 600), (600, 600)])
            (await Tree.ConsistencyAsync(from, to)).Verify(await Tree.RootAsync(from), await Tree.RootAsync(to)).ShouldBeTrue();
        await Should.ThrowAsync<TreeNodeMissingException>(() => Tree.RootAsync(601));
    }

    [Fact]
    public async Task An_event_is_found_by_its_id_and_by_its_stream_and_version()
    {
        await AppendAsync(To("trajectory-a", 0, 3));
        await Sealer.SealAllAsync();
        await AppendAsync(To("trajectory-a", 3));
        var events = await Store.ReadStreamAsync(Tenant, "trajectory-a");

        (await Tree.FindAsync(Tenant, $"{events[1].Id}")).ShouldBe(new EventPlace.At(1));
        (await Tree.FindAsync(Tenant, "trajectory-a@3")).ShouldBe(new EventPlace.At(2));
        (await Tree.FindAsync(Tenant, "trajectory-a@4")).ShouldBe(new EventPlace.Unsealed());
        (await Tree.FindAsync(Tenant, "trajectory-a@5")).ShouldBe(new EventPlace.Unknown());
        (await Tree.FindAsync("other", "trajectory-a@3")).ShouldBe(new EventPlace.Unknown());
        (await Tree.FindAsync(Tenant, "trajectory-a")).ShouldBe(new EventPlace.Unreadable());
    }

    [Fact]
    public async Task The_leaf_s_text_has_what_another_program_stored_in_it()
    {
        await ExecuteAsync(
            """
            insert into ledger.mt_streams (tenant_id, id, version) values ('acme', 'odd', 1);
            insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id)
            values (nextval('ledger.mt_events_sequence'), '0196f0a2-6f1c-7c39-9d2f-9f7d3c1c2a11', 'odd', 1, '{"b": 1.50, "a": 9007199254740993}', 'sung', '2026-01-02 03:04:05.6+02', 'acme');
            insert into ledger.unsealed select max(seq_id) from ledger.mt_events
            """);
        await Sealer.SealAllAsync();

        var leaf = (await Tree.LeafAsync(0))!;
        leaf.Holds.ShouldBeTrue();
        System.Text.Encoding.UTF8.GetString(leaf.Record!.Canonical()).ShouldBe(
            """{"at":"2026-01-02T01:04:05.600000Z","causation":null,"correlation":null,"data":{"a":9007199254740993,"b":1.5},"headers":null,"id":"0196f0a2-6f1c-7c39-9d2f-9f7d3c1c2a11","stream":"odd","tenant":"acme","type":"sung","v":1,"version":1}""");
    }

    [Fact]
    public async Task What_was_sealed_before_there_were_hashes_gets_them_before_anything_new_is_sealed()
    {
        await AppendAsync(To("trajectory-a", 0, 600));
        await Sealer.SealAllAsync();
        var root = await Tree.RootAsync(600);
        await ExecuteAsync("update ledger.leaves set leaf_hash = null; truncate ledger.tree_nodes; update ledger.seal_state set hashed = 0, frontier = ''");
        await AppendAsync(To("trajectory-b", 0, 2));

        var sealer = new Sealer(Db);
        (await sealer.SealAllAsync()).ShouldBe(new SealResult(600, 2));
        (await Tree.RootAsync(600)).ShouldBe(root);
        (await Tree.SizeAsync()).ShouldBe(602);
        (await Tree.LeavesAsync(0, 1_000).ToListAsync()).ShouldAllBe(l => l.Holds);
    }

    [Theory]
    [InlineData("update ledger.seal_state set frontier = set_byte(frontier, 3, (get_byte(frontier, 3) + 1) % 256)")]
    [InlineData("update ledger.leaves set leaf_hash = set_byte(leaf_hash, 3, (get_byte(leaf_hash, 3) + 1) % 256) where leaf_index = 299")]
    [InlineData("delete from ledger.leaves where leaf_index = 299")]
    [InlineData("delete from ledger.tree_nodes")]
    [InlineData("update ledger.tree_nodes set hash = set_byte(hash, 3, (get_byte(hash, 3) + 1) % 256)")]
    public async Task Nothing_is_sealed_onto_a_tree_whose_edge_was_altered(string sql)
    {
        await AppendAsync(To("trajectory-a", 0, 300));
        await Sealer.SealAllAsync();
        await ExecuteAsync(sql);
        await AppendAsync(To("trajectory-b", 0));

        var sealer = new Sealer(Db);
        (await sealer.SealAllAsync()).ShouldSatisfyAllConditions(r => r.Count.ShouldBe(0), r => r.Stop.ShouldNotBeNull().Code.ShouldBe("log-damaged"));
        sealer.Guard.Stopped.ShouldNotBeNull();
        (await Store.SizeAsync()).ShouldBe(new LedgerSize(301, 300));
    }

    [Fact]
    public async Task An_event_that_was_taken_out_before_it_was_sealed_is_missed()
    {
        await AppendAsync(To("trajectory-a", 0, 2));
        await ExecuteAsync("delete from ledger.mt_events where version = 1");

        (await Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("event-gone");
    }
}
