using System.Collections.Frozen;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reading;

/// <summary>What happened, the newest first: in the whole ledger, or around one skill.</summary>
/// <param name="searched">Leaves at a time where not all can be of interest.</param>
public sealed class Timeline(EventStore store, int searched = Timeline.MostSearched)
{
    public const int UsualLength = 100;
    public const int MostEntries = 1000;

    /// <summary>How many leaves are looked through at a time for a text, an actor, or anything else that may be rare.</summary>
    public const int MostSearched = 25_000;

    // What people call it, by the types of event that tell it; decisions are found by the operation that they came to.
    private static readonly FrozenDictionary<string, string[]> s_types = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["create"] = ["skill_created"],
        ["improve"] = ["skill_improved"],
        ["merge"] = ["skill_merged", "skill_absorbed", "merge_undone"],
        ["retire"] = ["skill_retired"],
        ["reinstate"] = ["skill_reinstated"],
        ["rollBack"] = ["skill_rolled_back"],
        ["revoke"] = ["version_revoked"],
        ["keep"] = [],
        ["validate"] = ["validation_requested", "validation_completed"],
        ["approve"] = ["approval_given", "approval_withdrawn"],
        ["tier"] = ["tier_decided"],
        ["alias"] = ["alias_moved", "alias_removed"],
        ["release"] = ["release_applied", "release_rolled_back"],
        ["evidence"] = ["evidence_admitted", "evidence_withdrawn"],
        ["policy"] = ["policy_published", "policy_activated"],
        ["erase"] = ["subject_erased"],
        ["log"] = ["log_key_introduced", "log_forked"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Kinds of stream that there can be.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Streams.Skill, Streams.Family, Streams.Trajectory, Streams.Environment, Streams.Policy, Streams.Release, Streams.Log, Streams.Subject];

    public static IReadOnlyList<string> Operations { get; } = [.. s_types.Keys.Order(StringComparer.Ordinal)];

    /// <param name="skill">Only what is on the record of this skill and of the family that it is learned from; null: all.</param>
    public async Task<TimelinePage> ReadAsync(TimelineQuestion question, SkillThen? skill, LedgerMoment moment, CancellationToken ct)
    {
        var limit = Math.Clamp(question.Limit, 1, MostEntries);
        var filter = new TimelineFilter
        {
            StreamType = Kinds.Contains(question.Kind) ? question.Kind : "",
            // An operation that no type tells still narrows: to the decisions that came to it.
            Types = s_types.TryGetValue(question.Operation, out var types) ? (types.Length > 0 ? types : ["-"]) : [],
            Decided = question.Operation,
            Actor = question.Actor,
            Text = question.Text,
            Streams = skill is null ? null : [.. StreamsOf(skill)],
        };
        var before = Math.Min(question.Before ?? long.MaxValue, moment.Leaves);
        var isNarrow = question.Kind.Length + question.Operation.Length + question.Actor.Length + question.Text.Length > 0;
        var from = skill is null && isNarrow ? Math.Max(0, before - searched) : 0;
        var events = await store.ReadTimelineAsync(EventContext.DefaultTenant, filter, before, limit + 1, from, ct);
        var shown = events.Take(limit).Select(TimelineEntry.Of).ToList();
        if (events.Count > limit) return new(shown, shown[^1].Leaf);
        if (from == 0) return new(shown, null);
        return new(shown, from) { SearchedTo = from, SearchedBackTo = await store.ReadSealedAsync(from, 1, ct) is [var last] ? last.Context.RecordedAt : null };
    }

    /// <summary>One event with all that is on record of it.</summary>
    /// <returns>Null where the leaf is not there at the moment.</returns>
    public async Task<RecordedEvent?> EventAsync(long leaf, LedgerMoment moment, CancellationToken ct) =>
        leaf < moment.Leaves && await store.ReadSealedAsync(leaf, 1, ct) is [{ Context.Tenant: EventContext.DefaultTenant } recorded] ? recorded : null;

    private static IEnumerable<string> StreamsOf(SkillThen then)
    {
        yield return Streams.Of(Streams.Skill, then.Skill.Id);
        if (then.Skill.FamilyId.Length > 0) yield return Streams.Of(Streams.Family, then.Skill.FamilyId);
    }
}

/// <summary>What is left empty does not narrow.</summary>
/// <param name="Kind">One of <see cref="Timeline.Kinds"/>.</param>
/// <param name="Operation">One of <see cref="Timeline.Operations"/>.</param>
/// <param name="Actor">Part of who acted, or of the policy that decided.</param>
/// <param name="Text">Part of what is on record.</param>
/// <param name="Before">A leaf that all entries are before; null: from the newest.</param>
public sealed record TimelineQuestion(string Kind = "", string Operation = "", string Actor = "", string Text = "", long? Before = null, int Limit = Timeline.UsualLength);

/// <param name="Older">What to ask as <see cref="TimelineQuestion.Before"/> for the next page; null where there is none.</param>
public sealed record TimelinePage(IReadOnlyList<TimelineEntry> Entries, long? Older)
{
    /// <summary>The first leaf that was looked at, where it was not looked further back yet; null where all there is was looked at, or the page is full.</summary>
    public long? SearchedTo { get; init; }

    /// <summary>When that leaf was recorded.</summary>
    public DateTimeOffset? SearchedBackTo { get; init; }
}

/// <param name="Kind">Of the stream.</param>
/// <param name="Subject">The stream's id without its kind.</param>
/// <param name="What">In short, and why: with quotations from what may have come from a run.</param>
public sealed record TimelineEntry(
    long Leaf, DateTimeOffset At, string Kind, string Subject, long Version, string Type, string What, string Actor, string DecidedBy, string Causation, string Correlation)
{
    public static TimelineEntry Of(RecordedEvent e) => new(
        e.Leaf!.Value, e.Context.RecordedAt, Streams.TypeOf(e.StreamId), Streams.IdOf(e.StreamId), e.Version, e.Alias, Told(e.Event),
        e.Context.Actor.ToString(), e.Context.DecidedBy, e.Context.CausationId, e.Context.CorrelationId);

    private static string Told(ILedgerEvent @event) => EventSummary.Why(@event) is { Length: > 0 } why ? $"{EventSummary.Of(@event)}: {why}" : EventSummary.Of(@event);

    /// <summary>The skill that it is about, as far as the event says; null where it is about none.</summary>
    public string? Skill => Kind == Streams.Skill ? Subject : null;
}
