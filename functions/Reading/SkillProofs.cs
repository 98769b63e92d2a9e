using Pipeline.Domain.Ledger;
using Pipeline.Infra.Log;

namespace Pipeline.Functions.Reading;

/// <summary>Whether the log proves all that a skill's history is told from: each of its events hashes as it was sealed and is in the last signed checkpoint, and none is missing.</summary>
/// <remarks>An event at the end of the stream that was taken out, and the stream's row altered to fit, is found by <c>audit verify</c> alone.</remarks>
public sealed class SkillProofs(LogTree tree, LedgerTables tables, LeafProofs proofs)
{
    public async Task<SkillProof> OfAsync(SkillThen then, LedgerMoment moment, CancellationToken ct)
    {
        var stream = Streams.Of(Streams.Skill, then.Skill.Id);
        var leaves = await tree.StreamLeavesAsync(EventContext.DefaultTenant, [stream], moment.Leaves, ct);
        return new(await proofs.OfAsync(leaves, ct), GapIn(leaves) is { Length: > 0 } gap ? gap : await EndAsync(stream, leaves.Count, ct));
    }

    private static string GapIn(IReadOnlyList<StoredLeaf> leaves)
    {
        var gap = Enumerable.Range(0, leaves.Count).FirstOrDefault(i => leaves[i].Record?.Version != i + 1, -1);
        return gap < 0 ? "" : $"event {gap + 1} is not where it was";
    }

    private async Task<string> EndAsync(string stream, long shown, CancellationToken ct) =>
        // What is missing after later events than those shown was not there yet at that moment.
        await tables.StreamEndsAsync(EventContext.DefaultTenant, [stream], ct) is [var end] && end.Last <= shown ? $"its stream is to have {end.Row} events, and has {end.Events}" : "";
}

/// <param name="Leaves">Of each of the skill's events, by leaf.</param>
/// <param name="Gap">What is missing; empty where nothing is.</param>
public sealed record SkillProof(IReadOnlyDictionary<long, LeafProof> Leaves, string Gap)
{
    public static SkillProof None { get; } = new(new Dictionary<long, LeafProof>(), "");

    public LeafProof Of(long leaf) => Leaves.GetValueOrDefault(leaf) ?? LeafProof.NoLeaf;

    /// <summary>Something that the history is told from was altered, or is gone.</summary>
    public bool Fails => Gap.Length > 0 || Leaves.Values.Any(p => p.Fails);
}
