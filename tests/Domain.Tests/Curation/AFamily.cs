using System.Collections.Immutable;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>A family with its skill, taken through its history as curation does: admit, look at decision points, conclude, append.</summary>
internal sealed record AFamily(string Effect)
{
    public static readonly CurationPolicy Default = new() { Id = "default", Version = 1 };
    public static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    public CurationPolicy Policy { get; init; } = Default;
    public SkillKind Kind { get; init; } = SkillKind.Functional;
    public Family Family { get; init; } = Family.None;
    public Skill Skill { get; init; } = Skill.None;
    public ImmutableList<MinedEpisode> Episodes { get; init; } = [];

    /// <summary>SKILL.md by package digest, and drafts by their own.</summary>
    public ImmutableDictionary<string, string> Texts { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What only some runs need, by package digest.</summary>
    public ImmutableDictionary<string, string> Asides { get; init; } = ImmutableDictionary<string, string>.Empty;

    public string Variants => Skill.Current is { } current ? Asides[current.PackageDigest] : "";

    public string Text => Skill.Current is { } current ? Texts[current.PackageDigest] : "";

    public AFamily Admit(params IEnumerable<MinedEpisode> episodes) => episodes.Aggregate(this, (family, e) => family with
    {
        Family = Events(FamilyDecider.Decide(new FamilyCommand.Admit($"library.{Effect}", "library", Effect, e.Evidence, Kind), family.Family)).Aggregate(family.Family, Family.Evolve),
        Episodes = [.. family.Episodes.Where(known => known.Id != e.Id), e],
    });

    public AFamily After(SkillCommand command) => this with { Skill = Events(SkillDecider.Decide(command, Skill)).Aggregate(Skill, Skill.Evolve) };

    /// <summary>The last evidence changed what was there before.</summary>
    public bool Corrects { get; init; }

    private IReadOnlyList<MinedEpisode> Selected => [.. EvidenceSelection.Select(Family.Evidence, Policy).Join(Episodes, e => e.EvidenceId, e => e.Id, (_, e) => e)];

    public CurationInput Input => new()
    {
        Family = Family,
        Leaf = Family.EvidenceEvents + 100,
        At = Noon,
        PolicyReference = new(Policy.Id, Policy.Version, "sha256:p"),
        Policy = Policy,
        Episodes = Selected,
        Name = FamilyHistory.NameOf(Family, Selected, Policy),
        Skill = Skill,
        CurrentText = Text,
        CurrentVariants = Variants,
        Corrects = Corrects,
        CurrentDraft = Skill.Current is { } current && Family.DraftOf(current.PackageDigest) is { } draft ? Texts[draft] : "",
    };

    public CurationConclusion Conclude(ModelAnswer? answer = null) => FamilyCuration.Decide(Input with { Answer = answer });

    /// <summary>Concludes and appends what was concluded.</summary>
    public AFamily Curate(ModelAnswer? answer = null)
    {
        var conclusion = Conclude(answer);
        var family = this with { Family = Events(FamilyDecider.Decide(new FamilyCommand.Conclude(conclusion.Decision), Family)).Aggregate(Family, Family.Evolve) };
        return conclusion.Command is { } command
            ? (family with { Texts = TextsWith(conclusion), Asides = AsidesWith(conclusion.Package) }).After(command)
            : family;
    }

    /// <summary>One after the other, with a look at each decision point.</summary>
    public AFamily Learn(IEnumerable<MinedEpisode> episodes) => episodes.Aggregate(this, (family, e) =>
    {
        var admitted = family.Admit(e);
        return DecisionPoints.Includes(admitted.Family.EvidenceEvents, Policy) ? admitted.Curate() : admitted;
    });

    private ImmutableDictionary<string, string> TextsWith(CurationConclusion conclusion)
    {
        var texts = conclusion.Package is { } package ? Texts.SetItem(package.Digest, package.SkillText) : Texts;
        return conclusion.Draft is { } draft ? texts.SetItem(Digest.Of(draft), draft) : texts;
    }

    private ImmutableDictionary<string, string> AsidesWith(Package? package) =>
        package is null ? Asides : Asides.SetItem(package.Digest, package.TextOf(SkillWriter.VariantsFile));

    private static IReadOnlyList<ILedgerEvent> Events(Decision decision) => decision.ShouldBeOfType<Decision.Accepted>().Events;

    /// <summary>Nothing was made, for this reason.</summary>
    public static FamilyEvent.CurationDecided Kept(AFamily family, string code)
    {
        var (decision, command, package) = family.Conclude();
        decision.ReasonCode.ShouldBe(code);
        decision.Operation.ShouldBe(CurationOperation.Keep);
        decision.Result.ShouldBeNull();
        (command, package).ShouldBe((null, null));
        return decision;
    }
}
