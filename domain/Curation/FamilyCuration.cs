using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation;

/// <summary>Decides the next operation for a family from its evidence, by a policy: roll back, retire, reinstate, create, improve, or keep.
/// What cannot be seen from one family alone is decided by a sweep.</summary>
public static class FamilyCuration
{
    public static CurationConclusion Decide(CurationInput input) =>
        input.Answer is { } answer ? ModelComposition.Apply(input, Mined(input), answer) : Mined(input);

    private static CurationConclusion Mined(CurationInput input)
    {
        var evidence = EvidenceCounts.Of(input);
        var decision = new FamilyDecision(input, evidence);
        if (Turn(input, decision) is { } turned) return turned;

        if (evidence.Successes.Count < input.Policy.MinSuccesses || evidence.Tasks < input.Policy.MinTasks)
        {
            if (SiblingRules.Waits(input, evidence) is { } waits) return decision.Keep(waits);
            return decision.Keep("too-few-successes",
                $"{evidence.Successes.Count} verified successes of {evidence.Tasks} tasks; a version needs {input.Policy.MinSuccesses} of {input.Policy.MinTasks}");
        }
        var creates = CreateRules.MayFollow(input);
        var renewal = !creates && input.Skill.Lifecycle == Lifecycle.Retired ? decision.Consider(ReinstateRules.JudgeRenewal(Situation(input))) : null;
        if (renewal is { Applies: false }) return decision.Keep(renewal);
        if (renewal is null && !creates && input.Skill.Lifecycle is Lifecycle.Retired or Lifecycle.Absorbed)
            return decision.Keep("skill-not-active", $"skill {input.Skill.Id} is {input.Skill.Lifecycle.ToString().ToLowerInvariant()}");
        if (creates && decision.Consider(CreateRules.Judge(input)) is { Applies: false } refused) return decision.Keep(refused);

        var name = creates ? input.Name : input.Skill.Name;
        if (input.Compose(name, evidence.Usable, evidence.Rationale) is not var (document, content, package))
            return decision.Keep("nothing-to-say", "the runs show nothing that several tasks have in common and that is worth a skill of this kind");
        if (creates && SiblingRules.SaysWhatTheMainSkillSays(input, document, package) is { } same) return decision.Keep(same);
        return creates
            ? Create(input, decision, name, content, package)
            : Improve(input, decision, evidence, renewal, document, content, package);
    }

    /// <summary>What became of the runs that loaded the skill comes first: there is no use in improving what is to be retired.</summary>
    private static CurationConclusion? Turn(CurationInput input, FamilyDecision decision)
    {
        if (input.Skill.Lifecycle is not (Lifecycle.Active or Lifecycle.Retired)) return null;
        var situation = Situation(input);
        if (input.Skill.Lifecycle == Lifecycle.Retired)
        {
            return decision.Consider(ReinstateRules.Judge(situation)) is { Applies: true } needed
                ? decision.On(CurationOperation.Reinstate, needed, new SkillCommand.Reinstate(needed.Reason))
                : null;
        }
        if (input.Policy.AuditEvery > 0) decision.Models = SiblingRules.Effects(input, situation.Account.Split(situation.Version));
        // Harm to a model that is about to get a skill of its own is no reason to take this one from the models that it helps.
        if (decision.Models is { } models && SiblingRules.AboutToBeMade(input, models) is { Count: > 0 } apart) situation = Situation(input.WithoutModels(apart));
        if (RollbackRules.Judge(situation) is { } rollback && decision.Consider(rollback.Finding) is { Applies: true } worse)
            return decision.BackTo(input.Skill.Version(rollback.To)!, worse);
        return decision.Consider(RetireRules.Judge(situation)) is { Applies: true } useless
            ? decision.On(CurationOperation.Retire, useless, new SkillCommand.Retire(RetirementCause.NoUtility, useless.Reason))
            : null;
    }

    private static CurationConclusion Create(CurationInput input, FamilyDecision decision, string name, VersionContent content, Package package)
    {
        if (decision.LimitOfSource() is { } limit) return decision.Keep(limit);
        return decision.Make(
            CurationOperation.Create, "procedure-found", content.Rationale, new(name, 1, package.Digest),
            new SkillCommand.Create(name, name, SkillOrigin.Learned, input.Family.Id, input.Family.Environment, input.Family.Kind, content) { VariantOf = input.Main?.Reference, Model = input.Family.ForModel },
            package);
    }

    private static SkillSituation Situation(CurationInput input) => new(input.Family, input.Skill, input.Policy, input.Account, input.Corrects);

    /// <param name="renewal">Why a retired skill may come back so; null for one that lives.</param>
    private static CurationConclusion Improve(
        CurationInput input, FamilyDecision decision, EvidenceCounts evidence, Finding? renewal, SkillDocument document, VersionContent content, Package package)
    {
        var skill = input.Skill;
        var before = Revision.SectionsOf(input.CurrentText, input.CurrentVariants);
        var after = Revision.SectionsOf(document.Markdown(), package.TextOf(SkillWriter.VariantsFile));
        // What a model worded is compared by what it was worded from.
        if (Revision.SaysTheSame(input.CurrentDraft.Length > 0 ? Revision.SectionsOf(input.CurrentDraft, input.CurrentVariants) : before, after))
            return renewal is null
                ? decision.Keep("no-change", "the evidence says what the skill says already")
                : decision.Keep("skill-not-active", $"skill {skill.Id} is retired, and the evidence still says what it said");
        if (skill.RevokedDigests.Contains(package.Digest)) return decision.Keep("revoked", "a version with exactly this content was revoked");
        if (SetAside(skill).Any(v => v.PackageDigest == package.Digest || input.Family.DraftOf(v.PackageDigest) == Digest.Of(document.Markdown())))
            return decision.Keep("was-set-aside", "a version with exactly this content was there and was gone back from");

        if (renewal is not null && Renewal.RetiredDigests(input.Family, skill).Contains(package.Digest))
            return decision.Keep("was-retired", "a version with exactly this content was retired for what came of its use");

        var gate = Backtest.Gate(input, evidence.Usable, input.CurrentText);
        var judged = decision.Consider(ImproveRules.Judge(gate, (input.CurrentText.Length, document.Markdown().Length), input.Policy));
        if (!judged.Applies) return decision.Keep(judged);
        if (decision.LimitOfSource() is { } limit) return decision.Keep(limit);

        var edits = SkillDocument.Edits(before, after);
        var said = $"{string.Join(", ", edits.Select(e => $"{e.Section} {e.Kind.ToString().ToLowerInvariant()}"))}; {content.Rationale}";
        var result = new CuratedVersion(skill.Id, skill.NextNumber, package.Digest);
        return renewal is null
            ? decision.Make(CurationOperation.Improve, judged.Code, said, result, new SkillCommand.Improve(skill.Current!.Number, content, edits), package)
            : decision.Make(CurationOperation.Reinstate, renewal.Code, $"{renewal.Reason}: {said}", result, new SkillCommand.Renew(renewal.Reason, skill.Current!.Number, content, edits), package);
    }

    // After a roll back, what stood between the restored version and the roll back was not wanted.
    private static IEnumerable<SkillVersion> SetAside(Skill skill) =>
        skill.Current is { Operation: VersionOperation.RollBack or VersionOperation.UndoMerge, Parents: [var restored, ..] } current
            ? skill.Versions.Where(v => v.Number > restored.Version && v.Number < current.Number)
            : [];
}
