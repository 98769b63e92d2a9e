using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;

namespace Pipeline.Domain.Tests.Validation;

public sealed class ValidationVerdictTests
{
    private static readonly Validator Who = Validator.Of("size", "1", new { Most = 10 });

    [Fact]
    public void One_verdict_has_one_report_however_its_metrics_were_collected()
    {
        var one = Report(new Dictionary<string, double> { ["b"] = 1.0 / 3, ["a"] = 2 });
        var other = Report(new SortedDictionary<string, double> { ["a"] = 2, ["b"] = 1.0 / 3 });

        other.Text().ShouldBe(one.Text());
        other.Digest().ShouldBe(Digest.Of(one.Text()));
        one.Text().ShouldContain("\"b\":0.333333");
    }

    [Fact]
    public void The_report_is_bound_to_the_package_and_to_the_rules()
    {
        var verdict = new ValidationVerdict(Verdict.Passed, new Dictionary<string, double>(), []);

        var reports = new[]
        {
            verdict.ReportOf(Who, "sha256:1"), verdict.ReportOf(Who, "sha256:2"), verdict.ReportOf(Validator.Of("size", "1", new { Most = 11 }), "sha256:1"),
        };

        reports.Select(r => r.Digest()).Distinct().Count().ShouldBe(3);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_metric_is_a_finite_number(double value) =>
        Should.Throw<ArgumentException>(() => Report(new Dictionary<string, double> { ["share"] = value })).Message.ShouldContain("share");

    [Fact]
    public void What_cannot_be_stored_or_seen_is_written_out()
    {
        var finding = new ValidationFinding("rule", FindingSeverity.Low, "a\0b\u001b[2J\u202ec\ud83d\nd" + new string('x', 5000), "\u200bpath");

        finding.Message.ShouldStartWith("a\\u{0}b\\u{1b}[2J\\u{202e}c\ufffd\nd");
        finding.Message.Length.ShouldBeLessThan(1100);
        finding.Path.ShouldBe("\\u{200b}path");
    }

    [Fact]
    public void Findings_beyond_the_most_are_counted()
    {
        var verdict = new ValidationVerdict(
            Verdict.Failed, new Dictionary<string, double>(), [.. Enumerable.Range(1, ValidationVerdict.MostFindings + 3).Select(i => new ValidationFinding("rule", FindingSeverity.High, $"{i}"))]);

        verdict.Findings.Count.ShouldBe(ValidationVerdict.MostFindings);
        verdict.Omitted.ShouldBe(3);
    }

    private static ValidationReport Report(IReadOnlyDictionary<string, double> metrics) =>
        new ValidationVerdict(Verdict.Passed, metrics, [new("rule", FindingSeverity.Note, "said", Package.SkillFile, 3)]).ReportOf(Who, "sha256:1");
}
