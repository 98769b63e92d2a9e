using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Domain.Releases;

/// <summary>What a manifest comes to on the skills as they stand, alias by alias: all of it, or nothing.</summary>
/// <param name="Aliases">Those that the manifest pins, then those that it lets go, in the order of skills and aliases.</param>
/// <param name="PerSkill">What goes on the skills' records; none where all stands, or where something is refused.</param>
public sealed record ReleasePlan(string Stage, ReleaseManifest Manifest, IReadOnlyList<PlannedAlias> Aliases, IReadOnlyList<SkillEvents> PerSkill)
{
    private const int MostNamed = 10;

    public IEnumerable<PlannedAlias> Refused => Aliases.Where(a => a.Change == PinChange.Refused);

    /// <summary>Null where the manifest can be applied.</summary>
    public Decision.Refused? Refusal => Refused.ToList() is { Count: > 0 } refused
        ? new(refused[0].Code, string.Join("; ", refused.Take(MostNamed).Select(r => r.Why)) + (refused.Count > MostNamed ? Number($"; and {refused.Count - MostNamed} more") : "") + "; nothing of the manifest is applied")
        : null;

    /// <param name="current">What stands on the stage; null: nothing yet.</param>
    /// <param name="skills">Of all ids that either manifest names; <see cref="Skill.None"/> where there is no such skill.</param>
    public static ReleasePlan Of(string stage, ReleaseManifest manifest, ReleaseManifest? current, IReadOnlyDictionary<string, Skill> skills)
    {
        var (states, aliases, events) = (new Dictionary<string, Skill>(skills, StringComparer.Ordinal), new List<PlannedAlias>(), new List<(string SkillId, SkillEvent Event)>());
        foreach (var pin in manifest.Pins) Plan(Pinned(stage, manifest, pin, states[pin.SkillId]));
        var pinned = manifest.Pins.Select(p => (p.SkillId, p.Alias)).ToHashSet();
        foreach (var pin in current?.Pins ?? [])
            if (!pinned.Contains((pin.SkillId, pin.Alias)) && LetGo(stage, manifest, pin, states[pin.SkillId]) is { } left) Plan(left);
        var applies = aliases.TrueForAll(a => a.Change != PinChange.Refused);
        return new(stage, manifest, aliases, !applies ? [] :
            [.. events.GroupBy(e => e.SkillId, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new SkillEvents(g.Key, [.. g.Select(e => e.Event)]))]);

        void Plan((PlannedAlias Alias, IReadOnlyList<ILedgerEvent> Events) planned)
        {
            aliases.Add(planned.Alias);
            events.AddRange(planned.Events.Cast<SkillEvent>().Select(e => (planned.Alias.SkillId, e)));
            states[planned.Alias.SkillId] = planned.Events.Aggregate(states[planned.Alias.SkillId], Skill.Evolve);
        }
    }

    /// <summary>Where the ledger is otherwise than the manifest that stands says.</summary>
    public static IReadOnlyList<PlannedAlias> Drift(string stage, ReleaseManifest current, IReadOnlyDictionary<string, Skill> skills) =>
        [.. Of(stage, current, current, skills).Aliases.Where(a => a.Change != PinChange.Stands)];

    private static (PlannedAlias Alias, IReadOnlyList<ILedgerEvent> Events) Pinned(string stage, ReleaseManifest manifest, AliasPin pin, Skill skill)
    {
        var planned = new PlannedAlias(pin.SkillId, pin.Alias, At(skill, pin.Alias), pin.Version, PinChange.Stands, "")
        {
            Share = pin.Share,
            ShareNow = skill.Shares.GetValueOrDefault(pin.Alias)?.Percent,
        };
        if (WhyNot(pin, skill) is { } whyNot) return (planned with { Change = PinChange.Refused, Code = whyNot.Code, Why = whyNot.Message }, []);
        var holder = skill.PinnedBy.GetValueOrDefault(pin.Alias);
        var isThere = planned.At == pin.Version && planned.Share == planned.ShareNow;
        // Also of a skill that sleeps: what is there needs no moving.
        if (isThere && holder == stage) return (planned with { Why = Sleeps(skill) }, []);
        var move = new SkillCommand.MoveAlias(pin.Alias, pin.Version, Because(stage, manifest)) { Share = pin.Share, PinnedBy = stage };
        return SkillDecider.Decide(move, skill) switch
        {
            Decision.Accepted accepted => (planned with { Change = isThere ? PinChange.Pin : PinChange.Move, Why = holder is not null && holder != stage ? $"the release of {holder} held it" : "" }, accepted.Events),
            Decision.Refused refused => (planned with { Change = PinChange.Refused, Code = refused.Code, Why = $"{pin.Alias} of {pin.SkillId}: {refused.Message}" }, []),
            _ => throw new InvalidOperationException("a decision is accepted or refused"),
        };
    }

    private static (PlannedAlias Alias, IReadOnlyList<ILedgerEvent> Events)? LetGo(string stage, ReleaseManifest manifest, AliasPin pin, Skill skill)
    {
        var unpin = new SkillCommand.UnpinAlias(pin.Alias, stage, $"{Because(stage, manifest)}, which does not name it");
        var planned = new PlannedAlias(pin.SkillId, pin.Alias, At(skill, pin.Alias), null, PinChange.Unpin, "");
        return SkillDecider.Decide(unpin, skill) switch
        {
            Decision.Accepted { Events: { Count: > 0 } events } => (planned with { Why = Left(pin.Alias, planned.At) }, events),
            Decision.Accepted => null,
            Decision.Refused refused => (planned with { Change = PinChange.Refused, Code = refused.Code, Why = refused.Message }, []),
            _ => throw new InvalidOperationException("a decision is accepted or refused"),
        };
    }

    // Before all else, so that what may not be served is told as such, wherever the alias is.
    private static Decision.Refused? WhyNot(AliasPin pin, Skill skill) => (skill.Lifecycle, skill.Version(pin.Version)) switch
    {
        (Lifecycle.Unborn, _) => new("skill-unknown", $"there is no skill '{pin.SkillId}'"),
        (_, null) => new("version-unknown", Number($"skill {skill.Id} has versions 1 to {skill.Versions.Count}, not {pin.Version}")),
        (_, { } version) when version.PackageDigest != pin.PackageDigest => new("digest-differs", Number($"version {pin.Version} of {skill.Id} has another digest here than the release says")),
        (_, { } version) when skill.IsRevoked(version) => new("version-revoked", Number($"version {pin.Version} of {skill.Id} is revoked, and cannot be {pin.Alias}")),
        (_, { } version) when version.Tier < AliasRules.Needs(pin.Alias) => new("tier-too-low", AliasRules.Refusal(pin.Alias, skill, version)),
        _ => null,
    };

    private static int? At(Skill skill, string alias) => skill.Aliases.TryGetValue(alias, out var at) ? at : null;

    private static string Because(string stage, ReleaseManifest manifest) => $"release {ShortOf(manifest.Id)} of {stage}";

    private static string Sleeps(Skill skill) => skill.Lifecycle == Lifecycle.Active ? "" : $"the skill is {skill.Lifecycle.ToString().ToLowerInvariant()}: it serves nothing";

    private static string Left(string alias, int? at) => Number($"the manifest does not name it: it stays at {at}") + (AliasRules.GoesByItself(alias) ? " until a version made from now on may be named" : "");

    /// <summary>As much of a release's id as people need.</summary>
    public static string ShortOf(string id) => id.StartsWith(Digest.Prefix, StringComparison.Ordinal) && id.Length > Digest.Prefix.Length + 12 ? id[Digest.Prefix.Length..][..12] : id;

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <param name="At">The version that it names; null: none yet.</param>
/// <param name="Version">The version that it is to name; null where the manifest does not name it.</param>
/// <param name="Why">Why it is refused or let go, or what there is to know of it; may be empty.</param>
public sealed record PlannedAlias(string SkillId, string Alias, int? At, int? Version, PinChange Change, string Why)
{
    /// <summary>Of a refusal: stable, for programs.</summary>
    public string Code { get; init; } = "";

    /// <summary>Percent of the callers who are to get it; null: all.</summary>
    public int? Share { get; init; }

    /// <summary>Percent of the callers who get it as it stands; null: all.</summary>
    public int? ShareNow { get; init; }
}

/// <summary>It stands as it is to; it is to move, or to be held where it is; the release holds it no more; it cannot be.</summary>
public enum PinChange { Stands, Move, Pin, Unpin, Refused }
