using System.Threading.Channels;

namespace Pipeline.Functions.Hosting;

/// <summary>Wakes the follower of this process after a commit. A hint: it also looks by itself.</summary>
public sealed class CommitSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Returns when it was set, or after the given time.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(ct);
        bound.CancelAfter(atMost);
        try
        {
            await _channel.Reader.ReadAsync(bound.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Nobody set it: look anyway.
        }
    }
}
