using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Emitting;

/// <summary>Accepted events whose fate is not known yet, in the order in which they were accepted.</summary>
internal sealed class PendingEvents(LedgerClient client, IReadOnlyList<EventIdentity> accepted)
{
    private readonly List<Rejection> rejections = [];
    private IReadOnlyList<EventIdentity> pending = [.. accepted.Distinct()];

    public int Count => pending.Count;
    public int Recorded { get; private set; }
    public IReadOnlyList<Rejection> Rejections => rejections;

    /// <summary>Asks what became of them.</summary>
    /// <returns>Whether anything did.</returns>
    public async Task<bool> LookAsync(CancellationToken ct)
    {
        var before = pending.Count;
        var still = new List<EventIdentity>();
        var isMoving = true;
        foreach (var chunk in pending.Chunk(LedgerClient.MostStates))
        {
            // They are recorded roughly in order: behind a chunk where nothing has moved, nothing has.
            var left = isMoving ? await LeftAsync(chunk, ct) : chunk;
            isMoving = left.Count < chunk.Length;
            still.AddRange(left);
        }

        pending = still;
        return pending.Count < before;
    }

    private async Task<IReadOnlyList<EventIdentity>> LeftAsync(EventIdentity[] chunk, CancellationToken ct)
    {
        var left = new HashSet<EventIdentity>(chunk);
        foreach (var told in (await client.StatesAsync(chunk, ct)).Value.Events)
        {
            if (told.State is not ("recorded" or "rejected") || !left.Remove(new(told.Source, told.Id))) continue;
            if (told.State == "recorded") Recorded++;
            else rejections.Add(new(told.Source, told.Id, "rejected", told.Message ?? "The server gave no reason."));
        }

        return [.. chunk.Where(left.Contains)];
    }
}

/// <summary>How long to wait before asking again: longer each time in which nothing happened.</summary>
internal readonly record struct Pause(TimeSpan Length)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public static Pause Shortest { get; } = new(TimeSpan.FromMilliseconds(50));

    public Pause Longer() => new(Length * 1.5 < Longest ? Length * 1.5 : Longest);

    public Task WaitAsync(CancellationToken ct) => Task.Delay(Length, ct);
}
