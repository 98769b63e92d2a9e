using Pipeline.Infra.Search;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>An index whose upkeep does as it is told.</summary>
internal sealed class StandInUpkeep : IIndexUpkeep
{
    public int Behind { get; set; }
    public int Looks { get; private set; }
    public bool IsHeld { get; init; }
    public SearchUnavailableException? Away { get; init; }

    public string Problem { get; set; } = "";

    public string Kind => "stand-in";

    public Task<bool> IsBehindAsync(CancellationToken ct) => Task.FromResult(Behind > 0);

    public Task<long> PositionAsync(CancellationToken ct) => Task.FromResult((long)-Behind);

    public Task<string> ProblemAsync(CancellationToken ct) => Task.FromResult(Problem);

    public Task<bool> CatchUpAsync(CancellationToken ct)
    {
        Looks++;
        if (Away is not null) throw Away;
        if (!IsHeld) Behind--;
        return Task.FromResult(!IsHeld);
    }

    public Task<IndexCheck> CheckAsync(bool mend, Action<long, long> progress, CancellationToken ct) => throw new NotSupportedException();

    public Task<IndexRebuilt> RebuildAsync(Action<long, long> progress, CancellationToken ct) => throw new NotSupportedException();
}
