namespace Pipeline.Infra.Tests.Search.AzureSearch;

/// <summary>As patient as the program is, and its pauses take no time.</summary>
internal sealed class NoPauses : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : dueTime, period);
}
