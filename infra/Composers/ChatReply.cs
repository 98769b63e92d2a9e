namespace Pipeline.Infra.Composers;

/// <summary>What came of a request.</summary>
/// <param name="Attempts">How often it went out.</param>
public abstract record ChatReply(int Attempts)
{
    /// <param name="Body">As received, whatever is in it.</param>
    public sealed record Received(byte[] Body, int Attempts) : ChatReply(Attempts);

    /// <param name="Code">Stable, for programs.</param>
    /// <param name="Reason">For people; quotes nothing of what was sent or received.</param>
    /// <param name="MayBeBilled">The request was taken in, and nobody knows what it cost.</param>
    public sealed record Failed(string Code, string Reason, bool MayBeBilled, int Attempts) : ChatReply(Attempts);
}
