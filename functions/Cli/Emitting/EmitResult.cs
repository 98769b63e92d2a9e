namespace Pipeline.Functions.Cli.Emitting;

/// <summary>What became of the events that were read. The first four count events, each once in accepted, duplicate or rejected at the door.</summary>
/// <param name="Accepted">Taken in now.</param>
/// <param name="Recorded">Of those, how many are in the ledger when this was counted.</param>
/// <param name="Duplicate">Known already.</param>
/// <param name="Rejected">Not readable, refused by the server, or rejected when it was about to be recorded.</param>
internal sealed record EmitResult(int Accepted, int Recorded, int Duplicate, int Rejected)
{
    public static EmitResult Nothing { get; } = new(0, 0, 0, 0);
}

/// <summary>An event, or what should have been one, that does not go in.</summary>
/// <param name="Source">The event's source, or the file where there was no event yet.</param>
/// <param name="Id">Empty where there was no event yet.</param>
internal sealed record Rejection(string Source, string Id, string Code, string Message)
{
    private const int MostShown = 20;

    /// <summary>Lists the first ones on STDERR, and says how many there are beside them.</summary>
    public static void Show(Terminal terminal, IReadOnlyList<Rejection> rejections)
    {
        foreach (var r in rejections.Take(MostShown))
            terminal.Complain($"rejected  {string.Join(' ', new[] { r.Source, r.Id }.Where(t => t.Length > 0))}: {r.Message} [{r.Code}]");
        if (rejections.Count > MostShown) terminal.Complain($"... and {rejections.Count - MostShown} more; --json lists them all.");
    }
}
