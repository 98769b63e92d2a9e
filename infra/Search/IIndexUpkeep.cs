namespace Pipeline.Infra.Search;

/// <summary>Keeps an index up with the ledger. All of it may be called at any time, by any number of programs.</summary>
public interface IIndexUpkeep
{
    /// <summary>What kind of index it is, for people.</summary>
    string Kind { get; }

    /// <summary>Whether there is something to take in that no search would take in by itself.</summary>
    Task<bool> IsBehindAsync(CancellationToken ct);

    /// <summary>The next leaf that it has to take in: as long as that stays, nothing was taken in.</summary>
    Task<long> PositionAsync(CancellationToken ct);

    /// <summary>Why nothing is taken in, where nobody but a person puts that right; says how. Empty: nothing stands in the way.</summary>
    Task<string> ProblemAsync(CancellationToken ct);

    /// <summary>Takes in what was sealed when it was called, and perhaps more.</summary>
    /// <returns>False when another program is at it.</returns>
    /// <exception cref="SearchUnavailableException">The index cannot be reached; what is left comes with the next call.</exception>
    Task<bool> CatchUpAsync(CancellationToken ct);

    /// <summary>Compares what is in the index with the ledger.</summary>
    /// <param name="mend">Whether what differs is put right.</param>
    /// <param name="progress">Told how many of how many skills were looked at.</param>
    /// <exception cref="SearchUnavailableException">The index cannot be reached.</exception>
    Task<IndexCheck> CheckAsync(bool mend, Action<long, long> progress, CancellationToken ct);

    /// <summary>Builds the index anew from the ledger beside the one that is read meanwhile, and puts it in its place.</summary>
    /// <param name="progress">Told how many of how many leaves were taken in.</param>
    /// <exception cref="SearchUnavailableException">The index cannot be reached, or another program is at it.</exception>
    Task<IndexRebuilt> RebuildAsync(Action<long, long> progress, CancellationToken ct);
}

/// <summary>How an index compares with the ledger.</summary>
/// <param name="Leaf">Everything sealed below this leaf was to be in the index.</param>
/// <param name="Documents">How many the ledger asks for.</param>
/// <param name="Missing">Asked for and not there.</param>
/// <param name="Stale">There, with other content.</param>
/// <param name="TooMany">There, and not asked for.</param>
/// <param name="Mended">How many of them were put right.</param>
public sealed record IndexCheck(
    string Kind, string Index, long Leaf, int Documents, IReadOnlyList<IndexDifference> Missing, IReadOnlyList<IndexDifference> Stale, IReadOnlyList<IndexDifference> TooMany, int Mended)
{
    /// <summary>There as they should be, but found by words only: the embeddings' endpoint did not take their texts.</summary>
    public IReadOnlyList<IndexDifference> WithoutEmbedding { get; init; } = [];

    public int Differences => Missing.Count + Stale.Count + TooMany.Count;

    public bool IsSound => Differences == Mended;
}

/// <param name="Problem">Why it was refused; empty where it was not.</param>
public sealed record IndexDifference(string Tenant, string SkillId, int Version, string Problem = "");

/// <param name="Leaf">Everything sealed below this leaf is in it.</param>
/// <param name="Before">The index that was read before; empty where there was none.</param>
public sealed record IndexRebuilt(string Kind, string Index, string Before, long Leaf, int Documents);
