using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Families.CompositionOutcome;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>Puts a model's answer over the miner's draft, as far as it passes; where nothing of it does, the draft stands. Either way the
/// decision says so. A pure function of what is on record, so that no replay asks a model.</summary>
public static class ModelComposition
{
    public const string Composer = "language-model";
    public const string Version = "1";

    /// <summary>Of the Agent Skills specification.</summary>
    private const int MostLines = 500;
    private const int MostTokens = 5000;
    private const double CharactersOfAToken = 3.5;
    private const int ShortestDescription = 20;
    private const int LongestReason = 600;
    private const string Taint = "model-text";
    private const string AnsweredBy = "worded by";

    /// <summary>Whether a draft was made that a model could work on.</summary>
    public static bool IsFor(CurationConclusion conclusion) => conclusion.Package is not null && ContentOf(conclusion.Command) is not null;

    /// <summary>What a model is to be told for this draft, in the user's turn, and the sections that its answer may be about.</summary>
    public static (string Material, IReadOnlyList<string> Headings) Ask(CurationInput input, CurationConclusion conclusion)
    {
        var draft = SkillDraft.Of(conclusion.Package!.SkillText);
        return (Material.Of(input.Family.Environment, input.Family.Effect, draft, ContentOf(conclusion.Command)!.Description, input.CurrentText, input.Trusted), Material.HeadingsOf(draft));
    }

    public static CurationConclusion Apply(CurationInput input, CurationConclusion conclusion, ModelAnswer answer)
    {
        if (!IsFor(conclusion)) return conclusion;
        var draft = conclusion.Package!.SkillText;
        CurationConclusion Concluded(CompositionOutcome outcome, string code, string reason) => conclusion with
        {
            Draft = draft,
            Decision = conclusion.Decision with { Composition = new(outcome, answer.Consultation.RequestDigest, Digest.Of(draft), conclusion.Package.Digest, code, Visible.Line(reason, LongestReason)) },
        };
        if (answer.Consultation.FailureCode is { } failure) return Concluded(DraftStands, failure, answer.Consultation.FailureReason ?? "");
        var completion = ChatCompletion.Read(answer.Response);
        if (completion.FailureCode is { } code) return Concluded(DraftStands, code, completion.FailureReason);
        var (patches, problem) = PatchSet.Read(completion.Content);
        if (patches is null) return Concluded(DraftStands, "wrong-schema", problem);

        var patched = Patched.Of(SkillDraft.Of(draft), ContentOf(conclusion.Command)!.Description, patches, Vocabulary.Of(draft, input.Trusted));
        var refused = string.Join("; ", patched.Refused);
        if (patched.Changed.Count == 0) return Concluded(DraftStands, refused.Length > 0 ? "refused-by-the-gates" : "nothing-to-change", refused);
        var text = patched.Draft.Markdown();
        if (Objection(text, draft, input) is { } objection) return Concluded(DraftStands, "refused-by-the-gates", objection);

        var package = conclusion.Package.WithSkillText(text);
        if (input.Skill.RevokedDigests.Contains(package.Digest) || input.Skill.Versions.Any(v => v.PackageDigest == package.Digest))
            return Concluded(DraftStands, "was-there-before", "a version with exactly this text was there before");
        var used = Concluded(refused.Length > 0 ? UsedInPart : Used, refused.Length > 0 ? "used-in-part" : "used", refused);
        return used with
        {
            Package = package,
            Command = WithContent(conclusion.Command!, Content(conclusion, patched, package, answer, completion), input, package),
            Decision = used.Decision with { Result = used.Decision.Result! with { PackageDigest = package.Digest } },
        };
    }

    private static VersionContent Content(CurationConclusion conclusion, Patched patched, Package package, ModelAnswer answer, ChatCompletion completion)
    {
        var mined = ContentOf(conclusion.Command)!;
        var model = completion.Model.Length > 0 ? completion.Model : answer.Consultation.Model;
        return mined with
        {
            Description = patched.Description,
            Package = package.Manifest,
            Composer = new(Composer, Version, model, answer.Consultation.PromptDigest, answer.Consultation.ResponseDigest ?? ""),
            Rationale = $"{mined.Rationale}; {AnsweredBy} {model}: {string.Join(", ", patched.Changed)}",
            // The draft's evidence stands behind a section that says it in other words; a new one was written from all that was shown.
            Sections = [.. patched.Draft.Sections.Select(s => mined.Sections.FirstOrDefault(m => m.Section == s.Heading) ?? new(s.Heading, [.. mined.Evidence.Select(e => e.EvidenceId)]))],
            Taint = [.. mined.Taint.Append(Taint).Distinct(StringComparer.Ordinal)],
        };
    }

    private static string? Objection(string text, string draft, CurationInput input)
    {
        if (text.Split('\n').Length >= MostLines) return $"the text would have {MostLines} lines or more";
        if (text.Length / CharactersOfAToken >= MostTokens) return $"the text would have {MostTokens} tokens or more";
        var successes = input.Trusted.Where(e => e.Succeeded).ToList();
        return Backtest.Coverage(text, successes) < Backtest.Coverage(draft, successes) - input.Policy.MaxRegression
            ? "its steps cover less of what successful runs did than the draft's"
            : null;
    }

    private static VersionContent? ContentOf(SkillCommand? command) => command switch
    {
        SkillCommand.Create create => create.Content,
        SkillCommand.Improve improve => improve.Content,
        SkillCommand.Renew renew => renew.Content,
        _ => null,
    };

    private static SkillCommand WithContent(SkillCommand command, VersionContent content, CurationInput input, Package package) => command switch
    {
        SkillCommand.Create create => create with { Content = content },
        SkillCommand.Improve improve => improve with { Content = content, Edits = EditsOf(input, package) },
        SkillCommand.Renew renew => renew with { Content = content, Edits = EditsOf(input, package) },
        _ => command,
    };

    private static IReadOnlyList<SectionEdit> EditsOf(CurationInput input, Package package) => SkillDocument.Edits(
        Revision.SectionsOf(input.CurrentText, input.CurrentVariants), Revision.SectionsOf(package.SkillText, package.TextOf(SkillWriter.VariantsFile)));

    /// <summary>The draft with those patches that pass, and why the others do not.</summary>
    private sealed record Patched(SkillDraft Draft, string Description, IReadOnlyList<string> Changed, IReadOnlyList<string> Refused)
    {
        public static Patched Of(SkillDraft draft, string description, PatchSet patches, Vocabulary vocabulary)
        {
            var (result, changed, refused) = (draft, new List<string>(), new List<string>());
            var headings = Material.HeadingsOf(draft);
            foreach (var patch in patches.Patches)
            {
                var section = draft.Find(patch.Section);
                if (!headings.Contains(patch.Section, StringComparer.Ordinal))
                {
                    refused.Add($"a section {Prose.Code(patch.Section)} is not asked for");
                    continue;
                }
                var (text, problem) = SectionRules.Read(patch, section, vocabulary);
                if (text is null)
                {
                    refused.Add($"{patch.Section} {problem}");
                }
                else if (text != section?.Text)
                {
                    result = result.With(patch.Section, text);
                    changed.Add(patch.Section);
                }
            }
            if (patches.Description?.Trim() is not { } wanted || wanted == description) return new(result, description, changed, refused);
            var wrong = wanted.Length is < ShortestDescription or > SkillDocument.LongestDescription || wanted.Contains('\n', StringComparison.Ordinal)
                ? $"has not {ShortestDescription} to {SkillDocument.LongestDescription} characters on one line"
                : SectionRules.Problem(wanted, vocabulary);
            if (wrong is null) return new(result.WithDescription(wanted), wanted, [.. changed, "description"], refused);
            refused.Add($"the description {wrong}");
            return new(result, description, changed, refused);
        }
    }
}
