using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Domain.Tests.Ledger.Log;

/// <summary>The tree, its edge and its proofs against the recursion of RFC 6962.</summary>
public sealed class LogTreeTests
{
    private const int Largest = 257;
    private static readonly NaiveTree Naive = NaiveTree.Of(1_500);
    private static readonly MerkleHash[] Leaves = [.. Enumerable.Range(0, 1_500).Select(i => MerkleHash.OfLeaf(NaiveTree.Leaf(i)))];
    private static readonly TreeHashes Stored = StoredBlocks(Leaves);

    [Fact]
    public void The_root_of_every_size_is_that_of_the_recursion()
    {
        var range = CompactRange.Empty;
        for (var size = 0; size <= Leaves.Length; size++)
        {
            range.Size.ShouldBe(size);
            range.Root().ToArray().ShouldBe(Naive.Root(0, size));
            CompactRange.Read(size, range.ToArray()).IsSame(range).ShouldBeTrue();
            CompactRange.Of(size, Stored.Of).IsSame(range).ShouldBeTrue();
            if (size < Leaves.Length) range = range.Append([Leaves[size]]);
        }
    }

    [Fact]
    public void Every_leaf_of_every_size_is_proved_and_no_other_leaf_is()
    {
        for (var size = 1; size <= Largest; size++)
        {
            var root = MerkleHash.Read(Naive.Root(0, size));
            for (var leaf = 0; leaf < size; leaf++)
            {
                var proof = InclusionProof.Build(leaf, size, Stored.Of);
                var holds = Same(proof.Hashes, Naive.Path(leaf, 0, size)) && proof.Verify(Leaves[leaf], root) && !proof.Verify(Leaves[leaf + 1], root)
                    && (proof with { Leaf = (leaf + 1) % size }).Verify(Leaves[leaf], root) == (size == 1);
                if (!holds) Assert.Fail($"leaf {leaf} of {size}");
            }
        }
    }

    [Fact]
    public void Every_size_is_proved_to_continue_every_size_before()
    {
        for (var to = 0; to <= Largest; to++)
        {
            var toRoot = MerkleHash.Read(Naive.Root(0, to));
            for (var from = 0; from <= to; from++)
            {
                var fromRoot = MerkleHash.Read(Naive.Root(0, from));
                var proof = ConsistencyProof.Build(from, to, Stored.Of);
                var holds = (from == 0 || Same(proof.Hashes, Naive.Consistency(from, to))) && proof.Verify(fromRoot, toRoot)
                    && proof.Verify(Leaves[0], toRoot) == (from == 1) && (from == 0 || !proof.Verify(fromRoot, MerkleHash.EmptyRoot));
                if (!holds) Assert.Fail($"from {from} to {to}");
            }
        }
    }

    [Fact]
    public void However_leaves_come_in_the_same_nodes_are_completed_each_once()
    {
        Prop.ForAll(Properties.Sequences(Gen.Choose(0, 90), longest: 12).Generator.ToArbitrary(), pieces =>
        {
            Dictionary<TreeNode, MerkleHash> completed = [];
            var range = CompactRange.Empty;
            foreach (var piece in pieces) range = range.Append(Leaves.Skip((int)range.Size).Take(piece), completed.Add);
            range.IsSame(CompactRange.Empty.Append(Leaves.Take(pieces.Sum()))).ShouldBeTrue();
            completed.All(node => node.Value == Stored.Of(node.Key)).ShouldBeTrue();
            completed.Count.ShouldBe(Enumerable.Range(1, 12).Sum(level => pieces.Sum() >> level));
        }).Check(Properties.Config(200));
    }

    [Fact]
    public void A_proof_that_was_altered_in_any_way_proves_nothing()
    {
        var cases = from to in Gen.Choose(2, 1_500) from at in Gen.Choose(1, to - 1) from place in Gen.Choose(0, 12) from what in Gen.Choose(0, 4) select (to, at, place, what);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var root = MerkleHash.Read(Naive.Root(0, c.to));
            var inclusion = InclusionProof.Build(c.at, c.to, Stored.Of);
            (inclusion with { Hashes = Altered(inclusion.Hashes, c.place, c.what) }).Verify(Leaves[c.at], root).ShouldBeFalse();
            var fromRoot = MerkleHash.Read(Naive.Root(0, c.at));
            var consistency = ConsistencyProof.Build(c.at, c.to, Stored.Of);
            (consistency with { Hashes = Altered(consistency.Hashes, c.place, c.what) }).Verify(fromRoot, root).ShouldBeFalse();
            consistency.Verify(root, fromRoot).ShouldBeFalse();
        }).Check(Properties.Config(500));
    }

    [Fact]
    public void A_proof_is_read_from_a_few_blocks()
    {
        const long Size = 16_777_216L * 5 + 12_345;
        foreach (var leaf in (long[])[0, 255, 256, 4_711_000, Size - 1])
            TreeBlock.Of(InclusionProof.Plan(leaf, Size)).Count.ShouldBeLessThanOrEqualTo(8);
        TreeBlock.Of(ConsistencyProof.Plan(4_711_000, Size)).Count.ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public void A_stored_tree_with_a_gap_gives_no_proof()
    {
        var short_ = new TreeHashes(new Dictionary<TreeBlock, IReadOnlyList<MerkleHash>> { [new(0, 0)] = [.. Leaves.Take(4)] });

        Should.Throw<TreeNodeMissingException>(() => InclusionProof.Build(1, 6, short_.Of)).Node.ShouldBe(new TreeNode(1, 2));
    }

    private static bool Same(IEnumerable<MerkleHash> hashes, IEnumerable<byte[]> naive) => hashes.SequenceEqual(naive.Select(h => MerkleHash.Read(h)));

    // Another hash, one more, one fewer, two exchanged, one twice.
    private static List<MerkleHash> Altered(IReadOnlyList<MerkleHash> hashes, int place, int what)
    {
        var altered = hashes.ToList();
        place = hashes.Count == 0 ? 0 : place % hashes.Count;
        if (hashes.Count == 0 || what == 1) altered.Insert(place, Leaves[7]);
        else if (what == 0) altered[place] = MerkleHash.OfNode(altered[place], altered[place]);
        else if (what == 2) altered.RemoveAt(place);
        else if (what == 3 && hashes.Count > 1 && altered[0] != altered[^1]) (altered[0], altered[^1]) = (altered[^1], altered[0]);
        else altered.Insert(place, altered[place]);
        return altered;
    }

    private static TreeHashes StoredBlocks(IReadOnlyList<MerkleHash> leaves)
    {
        List<MerkleHash> above = [];
        CompactRange.Empty.Append(leaves, (node, hash) =>
        {
            if (node.Level == TreeBlock.Height) above.Add(hash);
        });
        var blocks = leaves.Chunk(TreeBlock.Width).Select((b, i) => (Block: new TreeBlock(0, i), Hashes: (IReadOnlyList<MerkleHash>)b)).ToDictionary(b => b.Block, b => b.Hashes);
        blocks.Add(new(TreeBlock.Height, 0), above);
        return new(blocks);
    }
}
