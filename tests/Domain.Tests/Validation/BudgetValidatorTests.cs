using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Budget;

namespace Pipeline.Domain.Tests.Validation;

public sealed class BudgetValidatorTests
{
    private const string Description = "Renews library loans and settles overdue fees. Use when a reader wants to keep a book longer.";
    private static readonly BudgetThresholds Thresholds = new();

    [Fact]
    public void A_short_text_of_steps_passes_and_is_measured()
    {
        var verdict = Judge(Text("1. Look the loan up with `get_loan`.\n2. Call `renew_loan`.\n\n# Notes\n\nFines are rare.\n"));

        verdict.Verdict.ShouldBe(Verdict.Passed);
        verdict.Findings.ShouldBeEmpty();
        verdict.Metrics["contentLines"].ShouldBe(3);
        verdict.Metrics["actionableShare"].ShouldBe(0.666667);
        verdict.Metrics["descriptionSaysWhen"].ShouldBe(1);
        verdict.Metrics["lines"].ShouldBe(12);
    }

    [Theory]
    [InlineData(499, "budget.lines", false)]
    [InlineData(500, "budget.lines", true)]
    public void A_text_of_so_many_lines_is_too_long(int lines, string rule, bool fails) =>
        Fails(Judge(Text(string.Concat(Enumerable.Repeat("1. Go.\n", lines - 6))), Description), rule).ShouldBe(fails);

    [Theory]
    [InlineData(4_000, false)]
    [InlineData(5_100, true)]
    public void A_text_of_so_many_tokens_is_too_long(int words, bool fails) =>
        Fails(Judge(Text("1. " + string.Join(' ', Enumerable.Repeat("renew", words)))), "budget.tokens").ShouldBe(fails);

    [Theory]
    [InlineData("", "budget.description", true)]
    [InlineData("A powerful skill that helps with various tasks when needed.", "budget.description-generic", true)]
    [InlineData("Renews library loans and settles overdue fees.", "budget.description-when", false)]
    [InlineData("处理图书馆借阅续期和逾期费用", "budget.description-when", false)]
    public void A_description_must_tell_one_skill_from_others(string description, string rule, bool fails)
    {
        var verdict = Judge(Text("1. Call `renew_loan`.\n"), description);

        verdict.Findings.Select(f => f.Rule).ShouldBe([rule]);
        verdict.Verdict.ShouldBe(fails ? Verdict.Failed : Verdict.Passed);
    }

    [Fact]
    public void Skills_that_are_described_alike_are_named_the_nearest_first()
    {
        OtherSkill[] others =
        [
            new("far", "Converts images to other formats. Use when a picture is too large."),
            new("near", "Renews library loans and settles fees. Use when a reader wants to keep a magazine longer."),
            new("same", Description),
        ];

        var verdict = Judge(Text("1. Call `renew_loan`.\n"), Description, others);

        verdict.Findings.Select(f => (f.Rule, f.Severity)).ShouldBe([("budget.overlap", FindingSeverity.High), ("budget.overlap", FindingSeverity.Medium)]);
        verdict.Findings[0].Message.ShouldContain("that of same");
        verdict.Verdict.ShouldBe(Verdict.Failed);
        verdict.Metrics["confusableSkills"].ShouldBe(2);
        Judge(Text("1. Call `renew_loan`.\n"), Description, [.. others.Reverse()]).ShouldBe(verdict);
    }

    [Theory]
    [InlineData("Loans are nice.\nBooks are old.\nReaders are many.\nFees are rare.\nShelves are long.\n", "budget.actionable")]
    [InlineData("# Title only\n\n---\n", "budget.empty")]
    [InlineData("", "budget.empty")]
    public void A_text_that_tells_nothing_to_do_fails(string body, string rule) => Fails(Judge(Text(body)), rule).ShouldBeTrue();

    [Theory]
    [InlineData("- Check the loan first.")]
    [InlineData("* [ ] Verify the reader's card")]
    [InlineData("3) then the fee")]
    [InlineData("The fee `amount` comes from the loan.")]
    [InlineData("Readers must agree.")]
    [InlineData("```\nanything\n```")]
    public void These_can_be_acted_on(string text) => ActionableLines.Of(text).ShouldBe(new(1, 1));

    [Theory]
    [InlineData("", 0)]
    [InlineData("a loan", 2)]
    [InlineData("internationalization", 3)]
    [InlineData("2024-11-20", 6)]
    [InlineData("----------------", 4)]
    [InlineData("a\n    b", 3)]
    [InlineData("借阅续期", 4)]
    [InlineData("продление", 5)]
    [InlineData("😀😀", 2)]
    public void Tokens_are_counted_as_it_says(string text, int tokens) => TokenEstimate.Of(text).ShouldBe(tokens);

    [Fact]
    public void A_megabyte_on_one_line_is_judged_like_any_other()
    {
        var verdict = Judge(Text(new string('`', 1 << 20)), new string('a', 1 << 20));

        Fails(verdict, "budget.tokens").ShouldBeTrue();
    }

    private static bool Fails(ValidationVerdict verdict, string rule) =>
        verdict.Verdict == Verdict.Failed && verdict.Findings.Any(f => f.Rule == rule && f.Severity >= FindingSeverity.High);

    private static ValidationVerdict Judge(string text, string description = Description, IReadOnlyList<OtherSkill>? others = null) =>
        BudgetValidator.Judge(text, description, others ?? [], Thresholds);

    private static string Text(string body) => $"---\nname: renew-loan\ndescription: {Description}\n---\n\n# Renew\n{body}";
}
