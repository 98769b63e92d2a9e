namespace Pipeline.Functions.Audit;

/// <summary>Whether an event of the log is gone, looked up anew for everybody who asks and by one look at a time: it goes over the places of all leaves, and whoever asks often is not to
/// keep the database from everything else.</summary>
/// <param name="look">The first leaf before a size whose event is gone; null when there is none.</param>
public sealed class GoneLeaves(Func<long, CancellationToken, Task<long?>> look) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private (long Number, long Below, long? Gone) _last;
    private long _begun;

    /// <returns>What a look found that began after this was asked: of those who wait together the first one looks for all.</returns>
    public async Task<long?> FirstAsync(long below, CancellationToken ct)
    {
        var asked = Interlocked.Read(ref _begun);
        await _one.WaitAsync(ct);
        try
        {
            if (_last.Number > asked && _last.Below >= below) return _last.Gone < below ? _last.Gone : null;
            var number = Interlocked.Increment(ref _begun);
            var gone = await look(below, ct);
            _last = (number, below, gone);
            return gone;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
