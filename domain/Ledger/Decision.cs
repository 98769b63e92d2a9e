namespace Pipeline.Domain.Ledger;

/// <summary>What a decider answers: events to append (none when the command is already in effect), or a refusal with its reason.</summary>
public abstract record Decision
{
    private Decision() { }

    public sealed record Accepted(IReadOnlyList<ILedgerEvent> Events) : Decision;

    /// <param name="Code">Stable, for programs, e.g. <c>skill-absorbed</c>.</param>
    /// <param name="Message">For people: what is in the way and what to do about it.</param>
    public sealed record Refused(string Code, string Message) : Decision;

    /// <summary>The command is in effect already.</summary>
    public static Decision Nothing { get; } = new Accepted([]);

    public static Decision Of(params ILedgerEvent[] events) => new Accepted(events);

    public static Decision Refuse(string code, string message) => new Refused(code, message);

    /// <summary>No decision may be made on a stream that holds an event which this program cannot read.</summary>
    public static Decision RefuseUnknown(string stream, string alias) => Refuse(
        "newer-history",
        $"{stream} holds an event of type '{alias}', written by a newer version of this program; it can be read and replayed here, but decided on only by that version");
}
