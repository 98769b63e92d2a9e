using System.Collections.Immutable;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Domain.Validation;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills.Tiers;

/// <summary>Short ways to say what is known of a version, and what the gates make of it.</summary>
internal sealed record ATrust
{
    public static readonly DateTimeOffset Monday = new(2026, 3, 9, 0, 0, 0, TimeSpan.Zero);

    public static readonly string[] Names = ["spec", "security", "grounding", "backtest", "budget", "platform"];

    public static GatePolicy Strict { get; } = new() { Id = "strict", Version = 1 };

    public ImmutableList<RecordedEvent> History { get; init; } = [];
    public GatePolicy Gates { get; init; } = Strict;
    public DateTimeOffset Now { get; init; } = Monday;
    public string Rules { get; init; } = "rules";

    /// <summary>Evidence events of the one family; 0: it was not learned.</summary>
    public int Evidence { get; init; }
    public ImmutableDictionary<string, SkillPowers> Powers { get; init; } = ImmutableDictionary<string, SkillPowers>.Empty;
    public ImmutableDictionary<VersionReference, ParentStanding> Parents { get; init; } = ImmutableDictionary<VersionReference, ParentStanding>.Empty;

    public static ATrust Of(string text = "one") => new ATrust().With(new Actor(ActorKind.Policy, "default"), Created(text: text)).CanDo(text);

    public Skill Skill => Skill.Fold(History.Select(e => e.Event));

    public TierFacts Facts => new()
    {
        Now = Now,
        Validators = Names.ToImmutableDictionary(n => n, n => new Validator(n, "1", Rules)),
        Record = TrustRecord.Fold(History),
        Powers = Powers,
        Evidence = EvidenceCut.TextOf(Cut),
        Parents = Parents,
    };

    public ATrust With(Actor actor, params SkillEvent[] events) => this with
    {
        History = History.AddRange(events.Select((e, i) => new RecordedEvent
        {
            Id = Guid.Empty,
            StreamId = "skill-greet",
            Version = History.Count + i + 1,
            SequenceNumber = 0,
            Leaf = null,
            Alias = "",
            Event = e,
            Context = new() { Actor = actor, CausationId = "", CorrelationId = "", DecidedBy = "", RecordedAt = Now },
        })),
    };

    public ATrust With(params SkillEvent[] events) => With(new(ActorKind.Policy, "default"), events);

    public ATrust CanDo(string text, params string[] powers) => this with { Powers = Powers.SetItem(DigestOf(text), SkillPowers.None with { Names = [.. powers] }) };

    public ATrust Judged(string validator, Verdict verdict = Verdict.Passed, string text = "one", string? rules = null, params (string, double)[] metrics) => With(
        new ValidationCompleted($"{validator}-{text}-{rules ?? Rules}", 1, DigestOf(text), validator, "1", rules ?? Rules, verdict,
            (metrics.Length == 0 && validator == "grounding" ? [("fewestSources", 2)] : metrics).ToDictionary(m => m.Item1, m => m.Item2), "report")
        {
            Evidence = validator is "grounding" or "backtest" ? Cut : null,
        });

    private IReadOnlyList<EvidenceCut>? Cut => Evidence == 0 ? null : [new("library.renew-loan", Evidence)];

    /// <summary>All that a tier needs from validators, up to T2.</summary>
    public ATrust AtLeast(Tier tier, string text = "one") => tier switch
    {
        Tier.Q => this,
        Tier.T1 => Judged("spec", text: text).Judged("security", text: text),
        Tier.T2 => AtLeast(Tier.T1, text).Judged("grounding", text: text).Judged("backtest", text: text),
        _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, "needs a person"),
    };

    public ATrust Approved(string by = "ada", string text = "one") => With(new Actor(ActorKind.Admin, by), new ApprovalGiven(DigestOf(text), new Actor(ActorKind.Admin, by).ToString(), ""));

    public TierVerdict Decide(int version = 1) => TierRules.Decide(Gates, Skill, Skill.Version(version)!, Facts);

    public IReadOnlyList<SkillEvent> Following() => TierRules.Following(Gates, Skill, Facts);

    public ATrust Followed() => With(new Actor(ActorKind.System, "pipeline"), [.. Following()]);

    public void ShouldBe(Tier tier, params string[] denials)
    {
        var verdict = Decide(Skill.Versions.Count);
        (verdict.To, string.Join('\n', verdict.Denials)).ShouldBe((tier, string.Join('\n', denials)));
    }
}
