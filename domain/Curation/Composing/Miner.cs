using Pipeline.Domain.Curation.Composing.Coding;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>The built-in composer: from a family's episodes to a package, without a model, the same to the byte for the same input.</summary>
public static class Miner
{
    /// <summary>Its version is another where the same episodes may give other text.</summary>
    public static Composer Composer { get; } = new("miner", "3");

    /// <param name="episodes">Successes and failures; at least one verified success.</param>
    /// <exception cref="ArgumentException">There is no success to learn from.</exception>
    public static Procedure Mine(string environment, string effect, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy)
    {
        var successes = episodes.Where(e => e.Succeeded).ToList();
        if (successes.Count == 0) throw new ArgumentException("a procedure is mined from at least one success", nameof(episodes));
        if (successes.Exists(e => e.Episode.Coding is not null)) return MineCoding(environment, effect, [.. episodes.Where(e => e.Episode.Coding is not null)], policy);
        var steps = StepMining.Mine(effect, successes, policy);
        return new()
        {
            Environment = environment,
            Effect = effect,
            Triggers = TriggerMining.Mine(successes),
            Steps = steps,
            Preconditions = ConditionMining.Preconditions(effect, successes),
            Checks = effect == Episode.Answer ? [] : ConditionMining.Checks(effect, successes),
            Pitfalls = PitfallMining.Mine(effect, steps, episodes),
            AsksFirst = effect != Episode.Answer && MinedEpisode.Share(successes, e => e.Confirmed) >= 0.7,
            Repeats = effect != Episode.Answer && MinedEpisode.Share(successes, e => e.EffectCalls.Count(c => !c.Failed) > 1) >= 0.1,
        };
    }

    private static Procedure MineCoding(string environment, string effect, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy)
    {
        var successes = episodes.Where(e => e.Succeeded).ToList();
        return new()
        {
            Environment = environment,
            Effect = effect,
            Triggers = TriggerMining.MineBeginnings(successes),
            Steps = [],
            Preconditions = [],
            Checks = [],
            Pitfalls = CodingPitfalls.Mine(episodes),
            AsksFirst = false,
            Repeats = false,
            Coding = CodingMining.Mine(successes, policy),
        };
    }

    public static (SkillDocument Document, VersionContent Content, Package Package) Compose(
        string name, Procedure procedure, IReadOnlyList<MinedEpisode> episodes, string rationale)
    {
        var document = SkillWriter.Write(name, procedure);
        var variants = SkillWriter.Variants(procedure);
        var package = variants.Length == 0
            ? Package.OfText((Package.SkillFile, document.Markdown()))
            : Package.OfText((Package.SkillFile, document.Markdown()), (SkillWriter.VariantsFile, variants));
        var successes = episodes.Where(e => e.Succeeded).Select(e => e.Id).ToList();
        var content = new VersionContent
        {
            Description = document.Description,
            Package = package.Manifest,
            Composer = Composer,
            Rationale = rationale,
            Evidence = [.. episodes.Select(e => new EvidenceReference(e.Id, e.Evidence.TrajectoryId, e.Evidence.FirstStep, e.Evidence.LastStep))],
            Sections = [.. document.Sections.Select(s => new SectionEvidence(s.Heading, s.Heading == SkillWriter.PitfallsSection
                ? [.. procedure.Pitfalls.SelectMany(p => p.EvidenceIds).Distinct(StringComparer.Ordinal)]
                : successes))],
            // Names of tools, values and error messages come from the runs, the trigger words from users.
            Taint = ["tool-output", "user-text"],
        };
        return (document, content, package);
    }
}
