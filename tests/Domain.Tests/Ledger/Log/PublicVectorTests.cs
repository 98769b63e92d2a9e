using System.Text.Json;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Domain.Tests.Ledger.Log;

/// <summary>Cases that others publish for their logs; each file names its source.</summary>
public sealed class PublicVectorTests
{
    private static readonly JsonElement Merkle = Read("merkle.json");
    private static readonly JsonElement Notes = Read("notes.json");

    public static TheoryData<string> Inclusions => Cases(Merkle, "inclusion");
    public static TheoryData<string> Consistencies => Cases(Merkle, "consistency");

    [Fact]
    public void Hashes_and_roots_are_those_of_the_published_tree()
    {
        foreach (var leaf in Merkle.GetProperty("leafHashes").EnumerateArray())
            MerkleHash.OfLeaf(Convert.FromHexString(Text(leaf, "data"))).ToString().ShouldBe(Text(leaf, "hash"));

        var tree = Merkle.GetProperty("tree");
        var nodes = tree.GetProperty("nodes").EnumerateArray().Select(level => level.EnumerateArray().Select(h => h.GetString()!).ToList()).ToList();
        var leaves = tree.GetProperty("leaves").EnumerateArray().Select(leaf => MerkleHash.OfLeaf(Convert.FromHexString(leaf.GetString()!))).ToList();
        leaves.Select(h => h.ToString()).ShouldBe(nodes[0]);
        var completed = 0;
        CompactRange.Empty.Append(leaves, (node, hash) =>
        {
            hash.ToString().ShouldBe(nodes[node.Level][(int)node.Index]);
            completed++;
        });
        completed.ShouldBe(7);
        tree.GetProperty("rootsBySize").EnumerateArray().Select(r => r.GetString()).ShouldBe(Enumerable.Range(0, 9).Select(size => CompactRange.Empty.Append(leaves.Take(size)).Root().ToString()));
    }

    [Theory, MemberData(nameof(Inclusions))]
    public void An_inclusion_proof_holds_or_not_as_published(string name)
    {
        var c = Case(Merkle, "inclusion", name);
        (c.GetProperty("leaf").TryGetInt64(out var leaf) && c.GetProperty("size").TryGetInt64(out var size)
            && Hashes(c) is { } proof && MerkleHash.TryParse(Text(c, "leafHash"), out var leafHash) && MerkleHash.TryParse(Text(c, "root"), out var root)
            && new InclusionProof(leaf, size, proof).Verify(leafHash, root)).ShouldBe(c.GetProperty("accepted").GetBoolean());
    }

    [Theory, MemberData(nameof(Consistencies))]
    public void A_consistency_proof_holds_or_not_as_published(string name)
    {
        var c = Case(Merkle, "consistency", name);
        (c.GetProperty("from").TryGetInt64(out var from) && c.GetProperty("to").TryGetInt64(out var to)
            && Hashes(c) is { } proof && MerkleHash.TryParse(Text(c, "fromRoot"), out var fromRoot) && MerkleHash.TryParse(Text(c, "toRoot"), out var toRoot)
            && new ConsistencyProof(from, to, proof).Verify(fromRoot, toRoot)).ShouldBe(c.GetProperty("accepted").GetBoolean());
    }

    [Fact]
    public void Verifier_keys_are_read_or_refused_as_published()
    {
        foreach (var c in Notes.GetProperty("keys").EnumerateArray())
        {
            var key = NoteKey.TryParse(Text(c, "key"));
            (key is not null).ShouldBe(c.GetProperty("accepted").GetBoolean(), Text(c, "key"));
            key?.ToString().ShouldBe(Text(c, "key"));
        }
    }

    // From golang.org/x/mod, sumdb/note/note_test.go: every way of cutting or changing a key makes it none.
    [Fact]
    public void A_verifier_key_that_was_cut_or_changed_is_refused()
    {
        var key = Text(Notes.GetProperty("keys")[0], "key");
        for (var from = 0; from < key.Length; from++)
            for (var to = from + 1; to <= key.Length; to++)
                if (to - from < key.Length) NoteKey.TryParse(key[from..to]).ShouldBeNull(key[from..to]);
        for (var i = 0; i < key.Length; i++)
        {
            var changed = key[..i] + (char)(key[i] + 1) + key[(i + 1)..];
            NoteKey.TryParse(changed).ShouldBeNull(changed);
        }
    }

    [Fact]
    public void Notes_are_read_or_refused_as_published()
    {
        foreach (var c in Notes.GetProperty("notes").EnumerateArray())
        {
            var note = SignedNote.TryParse(Text(c, "note"));
            (note?.Signatures.Count ?? 0).ShouldBe(c.GetProperty("signatures").GetInt32(), Text(c, "case"));
            note?.ToString().ShouldBe(Text(c, "note"));
        }
        SignedNote.TryParse([0xff, .. SignedNote.SignedBytes(Text(Notes.GetProperty("notes")[0], "note"))]).ShouldBeNull();
    }

    [Fact]
    public void Signatures_of_other_logs_hold_or_not_as_published()
    {
        foreach (var c in Notes.GetProperty("verified").EnumerateArray())
        {
            var keys = c.GetProperty("keys").EnumerateArray().Select(k => NoteKey.TryParse(k.GetString()!)!);
            SignedNote.TryParse(Text(c, "note"))!.Verify(keys).By.Select(k => k.Name)
                .ShouldBe(c.GetProperty("by").EnumerateArray().Select(n => n.GetString()), Text(c, "case"));
        }
    }

    [Fact]
    public void Checkpoints_are_read_or_refused_as_published()
    {
        foreach (var c in Notes.GetProperty("checkpoints").EnumerateArray())
        {
            var checkpoint = Checkpoint.TryParse(Text(c, "text"));
            (checkpoint is not null).ShouldBe(c.GetProperty("accepted").GetBoolean(), Text(c, "case"));
            checkpoint?.Text().ShouldBe(Text(c, "text"));
        }
    }

    private static List<MerkleHash>? Hashes(JsonElement c)
    {
        List<MerkleHash> hashes = [];
        foreach (var text in c.GetProperty("proof").EnumerateArray())
        {
            if (!MerkleHash.TryParse(text.GetString()!, out var hash)) return null;
            hashes.Add(hash);
        }
        return hashes;
    }

    private static TheoryData<string> Cases(JsonElement file, string kind) => [.. file.GetProperty(kind).EnumerateArray().Select(c => Text(c, "case"))];

    private static JsonElement Case(JsonElement file, string kind, string name) => file.GetProperty(kind).EnumerateArray().Single(c => Text(c, "case") == name);

    private static string Text(JsonElement c, string member) => c.GetProperty(member).GetString()!;

    private static JsonElement Read(string file) => JsonElement.Parse(File.ReadAllBytes(Repository.Path("tests", "Domain.Tests", "Samples", "log", file)));
}
