using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Tests.Curation.Rules;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Tests.Curation.Siblings;

/// <summary>A library desk where two models renew loans: what the skill says helps <c>strong</c>, and <c>weak</c> succeeds in another way only.</summary>
internal static class TwoModels
{
    public const string Main = "library-renew-loan";
    public const string Sibling = "library-renew-loan-for-weak";
    public const string Weak = "weak";
    public const string Strong = "strong";

    public static CurationPolicy Creates { get; } = Shipped.Default with { Id = "creates", Variants = Variants.Create, MaxProposalsPerDay = 0, Rules = Shipped.Default.Rules with { Improve = "none" } };

    public static RecordedHistory History(CurationPolicy policy) => new(RecordedHistory.Active(policy));

    /// <summary>A skill is made, and used by both.</summary>
    /// <param name="ownWay">How many runs of <c>weak</c> without the skill succeed.</param>
    /// <param name="withIt">And how many with it.</param>
    /// <param name="tasks">Of how many tasks; 0: each of its own.</param>
    /// <param name="inItsOwnWay">Or as the skill says.</param>
    public static IEnumerable<MinedEpisode> Split(int ownWay = 20, int withIt = 0, int tasks = 0, bool inItsOwnWay = true) =>
    [
        .. Library.Renewals(6).Select(e => By(e, Strong)),
        .. Runs(Strong, with: true, 30, 28, from: 1000), .. Runs(Strong, with: false, 24, 6, from: 2000),
        .. Runs(Weak, with: true, 24, withIt, from: 3000, itsWay: inItsOwnWay),
        .. Runs(Weak, with: false, 24, ownWay, from: 4000, itsWay: inItsOwnWay).Select((e, i) => tasks == 0 ? e : e with { Evidence = e.Evidence with { Task = $"weak-{i % tasks}" } }),
    ];

    /// <summary>So many runs of a model, of which so many succeeded: as the skill says for <c>strong</c>, in another way for <c>weak</c>.</summary>
    /// <param name="with">The skill itself; else none, unless <paramref name="loaded"/> says which.</param>
    public static IEnumerable<MinedEpisode> Runs(string model, bool with, int count, int succeeded, int from, string? loaded = null, bool itsWay = true) =>
        Enumerable.Range(0, count).Select(i => Run(model == Weak && itsWay ? Library.FinedRenewal(from + i) : Library.Renewal(from + i), model, loaded ?? (with ? Main : null), (i + 1) * succeeded / count > i * succeeded / count));

    private static MinedEpisode Run(ARun run, string model, string? loaded, bool succeeded)
    {
        var mined = By(run.Mined(Library.Renew), model);
        return mined with
        {
            Evidence = mined.Evidence with
            {
                Loaded = loaded is null ? [] : [new SkillReference(loaded, 1, null)],
                Outcome = new(succeeded, succeeded ? 1 : 0, VerifiedBy.Verifier),
            },
        };
    }

    private static MinedEpisode By(MinedEpisode mined, string model) => mined with { Evidence = mined.Evidence with { Model = model } };

    public static IReadOnlyList<FamilyEvent.CurationDecided> About(this RecordedHistory history, string? model) =>
        [.. history.Events.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().Where(d => d.SiblingFor == model)];

    public static Domain.Skills.Skill SkillOf(this RecordedHistory history, string id) =>
        Domain.Skills.Skill.Fold(history.Events.Where(e => e.StreamId == Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Skill, id)).Select(e => e.Event));
}
