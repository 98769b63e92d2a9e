using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Ledger;

/// <summary>Every event type: one alias, one record, one chain of upcasters from what it once was.</summary>
/// <remarks>Stored format. An alias is never renamed or used again; a record that changes shape gets a new alias and an
/// <see cref="Upcaster"/> from the old one, and the sample of the old JSON stays in the tests for good.</remarks>
public sealed class EventCatalogue
{
    private readonly FrozenDictionary<string, Type> _types;
    private readonly FrozenDictionary<Type, string> _aliases;
    private readonly FrozenDictionary<string, Upcaster> _upcasters;

    public EventCatalogue(IReadOnlyDictionary<string, Type> types, IEnumerable<Upcaster> upcasters)
    {
        _types = types.ToFrozenDictionary(StringComparer.Ordinal);
        _aliases = types.ToFrozenDictionary(t => t.Value, t => t.Key);
        _upcasters = upcasters.ToFrozenDictionary(u => u.From, StringComparer.Ordinal);
    }

    public static EventCatalogue Default { get; } = new(
        new Dictionary<string, Type>(StringComparer.Ordinal)
        {
            ["trajectory_recorded"] = typeof(TrajectoryEvent.TrajectoryRecorded),
            ["trajectory_outcome_corrected"] = typeof(TrajectoryEvent.TrajectoryOutcomeCorrected),
            ["trajectory_rejected"] = typeof(TrajectoryEvent.TrajectoryRejected),
            ["subject_erased"] = typeof(TrajectoryEvent.SubjectErased),
            ["policy_published"] = typeof(PolicyEvent.PolicyPublished),
            ["policy_activated"] = typeof(PolicyEvent.PolicyActivated),
            ["family_opened"] = typeof(FamilyEvent.FamilyOpened),
            ["episode_assigned"] = typeof(EnvironmentEvent.EpisodeAssigned),
            ["evidence_admitted"] = typeof(FamilyEvent.EvidenceAdmitted),
            ["evidence_withdrawn"] = typeof(FamilyEvent.EvidenceWithdrawn),
            ["curation_decided"] = typeof(FamilyEvent.CurationDecided),
            ["variant_accepted"] = typeof(FamilyEvent.VariantAccepted),
            ["model_consulted"] = typeof(FamilyEvent.ModelConsulted),
            ["skill_created"] = typeof(SkillEvent.SkillCreated),
            ["skill_improved"] = typeof(SkillEvent.SkillImproved),
            ["skill_merged"] = typeof(SkillEvent.SkillMerged),
            ["skill_absorbed"] = typeof(SkillEvent.SkillAbsorbed),
            ["merge_undone"] = typeof(SkillEvent.MergeUndone),
            ["skill_retired"] = typeof(SkillEvent.SkillRetired),
            ["skill_reinstated"] = typeof(SkillEvent.SkillReinstated),
            ["skill_rolled_back"] = typeof(SkillEvent.SkillRolledBack),
            ["version_revoked"] = typeof(SkillEvent.VersionRevoked),
            ["validation_requested"] = typeof(SkillEvent.ValidationRequested),
            ["validation_completed"] = typeof(SkillEvent.ValidationCompleted),
            ["approval_given"] = typeof(SkillEvent.ApprovalGiven),
            ["approval_withdrawn"] = typeof(SkillEvent.ApprovalWithdrawn),
            ["tier_decided"] = typeof(SkillEvent.TierDecided),
            ["alias_moved"] = typeof(SkillEvent.AliasMoved),
            ["alias_removed"] = typeof(SkillEvent.AliasRemoved),
            ["usage_summarised"] = typeof(SkillEvent.UsageSummarised),
            ["release_applied"] = typeof(ReleaseEvent.ReleaseApplied),
            ["release_rolled_back"] = typeof(ReleaseEvent.ReleaseRolledBack),
            ["log_key_introduced"] = typeof(LogEvent.LogKeyIntroduced),
            ["log_forked"] = typeof(LogEvent.LogForked),
        },
        upcasters: []);

    public IEnumerable<string> Aliases => _types.Keys;

    /// <summary>Whether this program is to be able to read it, in its form of today or an older one.</summary>
    public bool Knows(string alias) => _types.ContainsKey(alias) || _upcasters.ContainsKey(alias);

    /// <exception cref="KeyNotFoundException">The type has no alias: it must not be stored.</exception>
    public string AliasOf(ILedgerEvent @event) => @event is UnknownEvent unknown ? unknown.Alias : _aliases[@event.GetType()];

    public static string Write(ILedgerEvent @event) =>
        @event is UnknownEvent unknown ? unknown.Json : JsonSerializer.Serialize(@event, @event.GetType(), LedgerJson.Options);

    /// <summary>The same in UTF-8, as it goes to the database.</summary>
    public static byte[] WriteUtf8(ILedgerEvent @event) =>
        @event is UnknownEvent unknown ? Encoding.UTF8.GetBytes(unknown.Json) : JsonSerializer.SerializeToUtf8Bytes(@event, @event.GetType(), LedgerJson.Options);

    /// <summary>Reads stored data. An alias that this program does not know, or data that it cannot read, gives an <see cref="UnknownEvent"/>.</summary>
    public ILedgerEvent Read(string alias, string json)
    {
        try
        {
            var (type, text) = (alias, json);
            while (_upcasters.TryGetValue(type, out var upcaster))
                (type, text) = (upcaster.To, upcaster.Upcast(JsonNode.Parse(text)!.AsObject()).ToJsonString(LedgerJson.Options));
            return _types.TryGetValue(type, out var record) && JsonSerializer.Deserialize(text, record, LedgerJson.Options) is ILedgerEvent read
                ? read
                : new UnknownEvent(alias, json);
        }
        // One event that cannot be read, for whatever reason, must not stop the reading of those beside it: its stream is
        // replayed around it and decided on no more.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new UnknownEvent(alias, json);
        }
    }
}

/// <summary>Turns the stored form of an event type into the form of the type that took its place.</summary>
public sealed record Upcaster(string From, string To, Func<JsonObject, JsonObject> Upcast);
