using System.Globalization;
using Pipeline.Domain.Ledger.Log;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Log;

namespace Pipeline.EndToEnd.Tests.Audit;

/// <summary>What somebody with all rights on the database can do to a ledger so that it holds in itself.</summary>
internal static class LedgerAttack
{
    /// <summary>An event is another, and so is the hash of its leaf.</summary>
    public static async Task ChangeWithItsHashAsync(HandDrivenLedger ledger, long leaf)
    {
        (await ledger.ExecuteAsync(Text($"update ledger.mt_events set data = jsonb_set(data, '{{x}}', '1') where seq_id = (select seq_id from ledger.leaves where leaf_index = {leaf})"))).ShouldBe(1);
        var hash = (await ledger.Service<LogTree>().LeafAsync(leaf))!.Record!.Hash();
        await ledger.ExecuteAsync(Text($"update ledger.leaves set leaf_hash = '\\x{hash}' where leaf_index = {leaf}"));
    }

    /// <summary>An event is another, and the whole tree goes with it. No checkpoint is left.</summary>
    public static async Task RewriteAsync(HandDrivenLedger ledger, long leaf)
    {
        await ChangeWithItsHashAsync(ledger, leaf);
        await SealAnewAsync(ledger, await ledger.Service<LogTree>().SizeAsync());
        await ledger.ExecuteAsync("delete from ledger.checkpoints");
    }

    /// <summary>An event is another, the whole tree goes with it, and every checkpoint is signed anew with the key that signed it, by somebody who has taken the keys, too.</summary>
    /// <param name="published">The one that is seen from outside, too.</param>
    public static async Task RewriteAndSignAsync(HandDrivenLedger ledger, long leaf, bool published)
    {
        await ChangeWithItsHashAsync(ledger, leaf);
        var hashes = await SealAnewAsync(ledger, await ledger.Service<LogTree>().SizeAsync());
        var origin = await ledger.Service<LogIdentity>().OriginAsync();
        var keys = (await ledger.Service<LogIdentity>().KeysAsync(origin)).Introduced.Select(k => LogKeys.KeyOf(k)!).ToList();
        var signed = new List<StoredCheckpoint>();
        await foreach (var stored in ledger.Service<CheckpointStore>().AllAsync(origin)) signed.Add(stored);
        foreach (var stored in signed)
        {
            var key = keys.Single(k => k.IdText == stored.KeyId);
            var stolen = (await ledger.Service<ILogKeys>().FindAsync(key, TestContext.Current.CancellationToken))!;
            var forged = stored.Checkpoint with { Root = CompactRange.Empty.Append(hashes.Take((int)stored.Checkpoint.Size)).Root() };
            var note = SignedNote.Of(forged.Text(), NoteSignature.By(key, await stolen.SignAsync(SignedNote.SignedBytes(forged.Text()), TestContext.Current.CancellationToken))).ToString();
            (await ledger.ExecuteAsync(Text($"update ledger.checkpoints set root = '\\x{forged.Root}', note = '{note}' where size = {forged.Size}"))).ShouldBe(1);
            if (published) await File.WriteAllTextAsync(Path.Combine(ledger.Home, "checkpoint"), note, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The last events are gone, and with them everything that shows that they were there.</summary>
    /// <param name="size">How many leaves are left.</param>
    /// <param name="withCheckpoints">The checkpoints that are over fewer, too.</param>
    public static async Task CutAsync(HandDrivenLedger ledger, long size, bool withCheckpoints = false)
    {
        await ledger.ExecuteAsync(Text($"delete from ledger.mt_events where seq_id in (select seq_id from ledger.leaves where leaf_index >= {size})"));
        await ledger.ExecuteAsync(Text($"delete from ledger.leaves where leaf_index >= {size}"));
        await SealAnewAsync(ledger, size);
        await ledger.ExecuteAsync(Text($"delete from ledger.checkpoints where size > {(withCheckpoints ? 0 : size)}"));
    }

    /// <summary>As an older backup is restored: so that the program can go on.</summary>
    public static async Task SetBackAsync(HandDrivenLedger ledger, long size)
    {
        await CutAsync(ledger, size);
        await ledger.ExecuteAsync("update ledger.mt_streams s set version = coalesce((select max(version) from ledger.mt_events e where e.stream_id = s.id and e.tenant_id = s.tenant_id), 0)");
    }

    private static async Task<IReadOnlyList<MerkleHash>> SealAnewAsync(HandDrivenLedger ledger, long size)
    {
        var hashes = new List<MerkleHash>();
        await foreach (var leaf in ledger.Service<LogTree>().LeavesAsync(0, size)) hashes.Add(leaf.Hash!.Value);
        await ledger.ExecuteAsync("delete from ledger.tree_nodes");
        var nodes = new List<(TreeNode Node, MerkleHash Hash)>();
        var tree = CompactRange.Empty.Append(hashes, (node, hash) => nodes.Add((node, hash)));
        foreach (var (node, hash) in nodes.Where(n => n.Node.Level % 8 == 0)) await ledger.ExecuteAsync(Text($"insert into ledger.tree_nodes (level, node_index, hash) values ({node.Level}, {node.Index}, '\\x{hash}')"));
        await ledger.ExecuteAsync(Text($"update ledger.seal_state set size = {size}, hashed = {size}, frontier = '\\x{Convert.ToHexStringLower(tree.ToArray())}'"));
        return hashes;
    }

    private static string Text(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
