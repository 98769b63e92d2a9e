using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>What holds of whatever is mined: the same for the same evidence, and nobody's values in it.</summary>
public sealed class MinerProperties
{
    private static readonly CurationPolicy Policy = new() { Id = "default", Version = 1 };

    [Fact]
    public void The_same_episodes_give_the_same_bytes() => Prop.ForAll(SomeRuns.Families, episodes =>
        Compose(episodes).Package.Digest.ShouldBe(Compose(episodes).Package.Digest)).Check(Properties.Config());

    /// <summary>Only what lists the evidence itself (its references) follows the order of admission.</summary>
    [Fact]
    public void The_order_of_episodes_changes_no_byte_of_the_skill() => Prop.ForAll(
        Arb.From(from family in SomeRuns.Families.Generator
                 from failed in Gen.Choose(0, 3)
                 from order in Gen.Shuffle(Enumerable.Range(0, family.Count).ToArray())
                 select (Family: WithFailures(family, failed), Order: order)),
        x => Compose([.. x.Order.Select(i => x.Family[i])]).Document.Markdown().ShouldBe(Compose(x.Family).Document.Markdown(), SomeRuns.Text(x.Family)))
        .Check(Properties.Config(500));

    [Fact]
    public void What_only_one_task_shows_is_nowhere_in_the_skill()
    {
        var secret = Gen.Elements("Quixquorn", "zebulonic", "Vexomatrix Street", "wolframite@mail.test", "frobnicator", "Ypsilantia", "karst-991", "blue marzipan")
            .SelectMany(word => Gen.Choose(100, 999).Select(n => (Word: word, Text: n % 3 == 0 ? $"{word} {n}" : word)));
        var place = Gen.Choose(0, 7);

        Prop.ForAll(Arb.From(secret.SelectMany(s => place.ListOf(3).SelectMany(p => Gen.Choose(1, 6).Select(many => (Secret: s, Places: p, Many: many))))), x =>
        {
            // The person's task is run several times; three other tasks are somebody else's.
            var theirs = Enumerable.Range(20, x.Many).Select(n => x.Places.Aggregate(Renewal(n), (run, at) => Told(run, at, x.Secret.Text)).ForTask("theirs"));
            var runs = theirs.Select(r => r.Call(Renew, new { loan_id = "L-1" }).Mined(Renew)).Concat(Renewals(4)).Concat(
                Enumerable.Range(40, x.Many).Select(n => Told(Renewal(n), x.Places[0], x.Secret.Text).ForTask("theirs").Failed().Mined(Renew))).ToList();

            Compose(runs).Document.Markdown().ShouldNotContain(x.Secret.Word, Case.Insensitive);
        }).Check(Properties.Config(400));
    }

    private static ARun Told(ARun run, int place, string secret) => place switch
    {
        0 => run.User($"My name is {secret} and I would like this renewed"),
        1 => run.Call(Renew, new { loan_id = "L-7001", name = secret }),
        2 => run.Call(Renew, new { loan_id = "L-7001", period = secret }),
        3 => run.Fails(Renew, new { loan_id = "L-7001" }, $"Error: {secret} is not the owner"),
        4 => run.Call("get_reader", new { loan_id = "L-7001" }, new { name = secret, status = secret }).Call(Renew, new { loan_id = "L-7001", name = secret }),
        5 => run.Call("get_reader", new { loan_id = "L-7001" }, new Dictionary<string, string> { [secret] = "K-4000" }).Call(Renew, new { key = "K-4000" }),
        6 => run.Call(Renew, new Dictionary<string, string> { [secret] = "yes" }),
        _ => run.Call(Renew, new { loan_id = "L-7001" }, new { status = secret, owner = secret }),
    };

    private static IReadOnlyList<MinedEpisode> WithFailures(IReadOnlyList<MinedEpisode> family, int failed) =>
        [.. family.Select((e, i) => i < failed ? e with { Evidence = e.Evidence with { Outcome = new(false, 0, e.Evidence.Outcome.VerifiedBy) } } : e with { })];

    private static (Domain.Skills.SkillDocument Document, Domain.Skills.VersionContent Content, Domain.Skills.Package Package) Compose(IReadOnlyList<MinedEpisode> episodes) =>
        episodes.Any(e => e.Succeeded)
            ? Miner.Compose("library-renew", Miner.Mine("library", Renew, episodes, Policy), episodes, "")
            : Compose([.. episodes.Select(e => e with { Evidence = e.Evidence with { Outcome = new(true, 1, e.Evidence.Outcome.VerifiedBy) } })]);
}
