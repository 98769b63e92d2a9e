using Pipeline.Domain.Curation;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

public sealed class RevisionTests
{
    private const string Text = """
        ## When to use

        For `renew_loan`. Users say: novel.

        ## Steps

        1. `find_reader`, or `find_card` with `id` (from the user).
        2. `renew_loan`.

        ## Pitfalls

        - Do not skip `get_loan`: 2 of 3 failed runs did so.
        """;

    [Theory]
    [InlineData("2 of 3", "5 of 9")]
    [InlineData("novel", "atlas")]
    [InlineData("`find_reader`, or `find_card`", "`find_card`, or `find_reader`")]
    [InlineData("from the user", "as the task needs")]
    public void Counts_words_and_the_order_of_alternatives_are_no_reason_for_a_version(string was, string now) => SaysTheSame(was, now).ShouldBeTrue();

    [Theory]
    [InlineData("`find_card`", "`find_name`")]
    [InlineData("2. `renew_loan`.", "2. `get_loan`.\n3. `renew_loan`.")]
    [InlineData("with `id`", "with `ids`")]
    [InlineData("Do not skip", "Do skip")]
    [InlineData("## Pitfalls", "## Checks")]
    public void Another_name_step_or_advice_is(string was, string now) => SaysTheSame(was, now).ShouldBeFalse();

    [Fact]
    public void Other_notes_are_though_they_name_nothing()
    {
        var notes = SkillDocument.SectionsOf("## How to go about it\n\n- Convert the readings before the table is built.\n");

        Revision.SaysTheSame(notes, [notes[0] with { Text = "- Leave the readings as they are." }]).ShouldBeFalse();
        Revision.SaysTheSame(notes, notes).ShouldBeTrue();
    }

    [Fact]
    public void Coverage_is_the_mean_agreement_of_the_steps_with_what_the_episodes_did()
    {
        var episodes = Renewals(2);

        Backtest.Coverage("## Steps\n\n1. `find_reader`\n2. `get_loan`\n3. `renew_loan`\n", episodes).ShouldBe(1);
        Backtest.Coverage("## Steps\n\n1. `renew_loan`\n", episodes).ShouldBe(0.5);
        Backtest.Coverage("## Steps\n\n1. Do it.\n", episodes).ShouldBe(0);
        Backtest.Coverage("", episodes).ShouldBe(0);
        Backtest.Coverage("## Notes\n\n`renew_loan`\n", episodes).ShouldBe(0);
    }

    [Fact]
    public void A_revision_is_judged_by_what_it_was_not_mined_from()
    {
        var family = (new AFamily(Renew) with { Policy = AFamily.Default with { HoldOutOneIn = 1_000_000 } }).Admit([.. Renewals(3), .. Fined(1)]);
        var gate = Backtest.Gate(family.Input, family.Input.Episodes, "## Steps\n\n1. `renew_loan`\n");

        // Three runs are covered whole; the fourth alone checks for fines, which nobody knows of who has not seen it.
        gate.Revision.ShouldBe((3 * 1 + 0.8) / 4);
        gate.Base.ShouldBe(0.5);
        gate.Passes(AFamily.Default).ShouldBeTrue();
        new GateResult(0.9, 0.879).Passes(AFamily.Default).ShouldBeFalse();
        new GateResult(null, null).Passes(AFamily.Default).ShouldBeFalse();
    }

    private static bool SaysTheSame(string was, string now) =>
        Revision.SaysTheSame(SkillDocument.SectionsOf(Text), SkillDocument.SectionsOf(Text.Replace(was, now, StringComparison.Ordinal)));
}
