namespace Pipeline.Domain.Ledger;

/// <summary>A fact that a stream keeps. Every event is a record with one alias in <see cref="EventCatalogue"/>.</summary>
/// <remarks>Stored format, versioned with care: a changed record needs an upcaster and a stored sample of the old JSON.</remarks>
public interface ILedgerEvent;

/// <summary>An event whose type this program does not know: written by a newer one. It can be read, replayed and verified,
/// and no decision may be made on its stream.</summary>
/// <param name="Alias">The stored type, e.g. <c>skill_created</c>.</param>
/// <param name="Json">The stored data, unchanged.</param>
public sealed record UnknownEvent(string Alias, string Json) : ILedgerEvent;

/// <summary>Who caused an event, by an id that stays the same over time.</summary>
/// <param name="Kind">In which role.</param>
/// <param name="Id">For example <c>tid/oid</c> of a person, the id of a policy, or the source of an emitter.</param>
public sealed record Actor(ActorKind Kind, string Id)
{
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}:{Id}";

    /// <summary>Reads the form that <see cref="ToString"/> writes; anything else is an unknown emitter.</summary>
    public static Actor Parse(string text)
    {
        foreach (var kind in Enum.GetValues<ActorKind>())
        {
            var role = new Actor(kind, "").ToString();
            if (text.StartsWith(role, StringComparison.Ordinal)) return new(kind, text[role.Length..]);
        }
        return new(ActorKind.Emitter, text);
    }

    /// <summary>The bare id of the person whom a text names as an actor or by that id; null where it names a program, or nobody.</summary>
    public static string? PersonIn(string text) => Parse(text) is { Kind: ActorKind.Admin, Id: var id }
        ? id.Length > 0 ? id : null
        : text.Length > 0 && !text.Contains(':', StringComparison.Ordinal) ? text : null;
}

public enum ActorKind { Emitter, Policy, Admin, Validator, System }

/// <summary>What every event of one transaction has in common: whose, by whom, why and when.</summary>
public sealed record EventContext
{
    public const string DefaultTenant = "*DEFAULT*";

    public string Tenant { get; init; } = DefaultTenant;
    public required Actor Actor { get; init; }

    /// <summary>The message or event that led to this one.</summary>
    public required string CausationId { get; init; }

    /// <summary>The trajectory or command that it all belongs to.</summary>
    public required string CorrelationId { get; init; }

    /// <summary>Which program or policy decided, with its version, e.g. <c>pipeline/0.1.0</c> or <c>default@1</c>.</summary>
    public required string DecidedBy { get; init; }

    /// <summary>W3C traceparent, or empty.</summary>
    public string TraceParent { get; init; } = "";

    /// <summary>As recorded; cut to microseconds by the store. It never orders anything.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>Events to be appended to one stream, which must stand at <paramref name="ExpectedVersion"/> (0: must not exist).</summary>
public sealed record StreamAppend(string StreamId, string StreamType, long ExpectedVersion, IReadOnlyList<ILedgerEvent> Events);

/// <summary>An event as the ledger holds it.</summary>
public sealed record RecordedEvent
{
    public required Guid Id { get; init; }
    public required string StreamId { get; init; }

    /// <summary>Place in its stream, from 1, without gaps.</summary>
    public required long Version { get; init; }

    /// <summary>The database's number: unique, with gaps, and no order to follow. Follow <see cref="Leaf"/>.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>Place in the sealed total order, from 0, dense; null while the event is not sealed.</summary>
    public required long? Leaf { get; init; }

    public required string Alias { get; init; }
    public required ILedgerEvent Event { get; init; }
    public required EventContext Context { get; init; }
}
