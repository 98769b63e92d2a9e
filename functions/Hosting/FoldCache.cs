using System.Collections.Concurrent;

namespace Pipeline.Functions.Hosting;

/// <summary>States of streams that were folded lately. Streams only grow, so a state is never wrong, only behind: readers go on from its version.</summary>
public sealed class FoldCache
{
    private const int MostStates = 4096;

    private readonly ConcurrentDictionary<(string Tenant, string StreamId), (long Version, object State)> _states = new();

    public (long Version, T State) Get<T>(string tenant, string streamId, T none) where T : class =>
        _states.TryGetValue((tenant, streamId), out var found) && found.State is T state ? (found.Version, state) : (0, none);

    /// <summary>Forgets a stream: after a conflict nothing that is remembered of it may be relied on, such as after a restore of the database.</summary>
    public void Forget(string tenant, string streamId) => _states.TryRemove((tenant, streamId), out _);

    public void Set(string tenant, string streamId, long version, object state)
    {
        // Crude, and enough: what is in use comes back with its next read.
        if (_states.Count >= MostStates) _states.Clear();
        _states[(tenant, streamId)] = (version, state);
    }
}
