using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Tests.Skills;

/// <summary>Short ways to say what a skill's history or a command to it is.</summary>
internal static class SomeSkill
{
    public static readonly UnknownEvent Newer = new("skill_translated", """{"to":"fr"}""");

    public static Spec<Skill, SkillCommand> Specification { get; } = new(Skill.Fold, SkillDecider.Decide);

    public static VersionContent Content(string text) => new()
    {
        Description = $"Says {text}.",
        Package = Package.OfText((Package.SkillFile, text)).Manifest,
        Composer = new("miner", "1"),
        Rationale = "seen often",
    };

    public static string DigestOf(string text) => Content(text).Package.Digest;

    public static VersionReference Reference(string skill, int version, string text) => new(skill, version, DigestOf(text));

    public static SkillCreated Created(string id = "greet", string text = "one") => new()
    {
        SkillId = id,
        Name = id,
        Origin = SkillOrigin.Learned,
        FamilyId = "retail-greet",
        Environment = "retail",
        Kind = SkillKind.Functional,
        Content = Content(text),
    };

    public static SkillImproved Improved(int version, string text) => new(version, version - 1, Content(text), []);

    public static SkillCommand.Create Create(string id = "greet", string text = "one", string? name = null) =>
        new(id, name ?? id, SkillOrigin.Learned, "retail-greet", "retail", SkillKind.Functional, Content(text));

    public static TierDecided Tiered(int version, string text, Tier from, Tier to) => new(version, DigestOf(text), from, to, "default@1", [], []);
}
