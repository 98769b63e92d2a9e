using Pipeline.Domain.Validation.Security;
using Pipeline.Infra.Security;

namespace Pipeline.Infra.Tests.Security;

public sealed class SecurityRuleFilesTests
{
    private const string Head = """
        id: mine
        version: 1
        limits: {files: 10, fileBytes: 1000, totalBytes: 10000, depth: 2, ratio: 50, decodedBytes: 1000}
        verdict: {flagAt: high, weights: [1, 4, 12, 20], score: 12, classes: 2}

        """;

    private const string Rule = """
        rules:
          - id: a.b
            class: a
            severity: high
            what: Something.
            why: A reason.
            in: [prose]
            patterns:
              - 'PATTERN'
        """;

    [Theory]
    [InlineData("(", "line 13")]
    [InlineData("(a)(?=b)", "linear time")]
    [InlineData(@"(?<x>a)\k<x>", "linear time")]
    [InlineData("a*", "matches the empty text")]
    [InlineData("{{nothing}}", "there is no fragment nothing")]
    public void A_pattern_that_cannot_be_used_is_refused_with_its_line(string pattern, string reason)
    {
        var refusal = Should.Throw<SecurityRuleFileException>(() => Parse(Head + Rule.Replace("PATTERN", pattern, StringComparison.Ordinal)));

        refusal.Message.ShouldContain(reason);
        refusal.Message.ShouldContain("rules.yaml line 13");
    }

    [Theory]
    [InlineData("severity: high", "severty: high", "there is no key 'severty'")]
    [InlineData("in: [prose]", "in: [poetry]", "there is no context poetry")]
    [InlineData("what: Something.", "what: ''", "needs class, what and why")]
    [InlineData("class: a", "class: a\n    measure: unicode.bidi", "exactly one of patterns, all and measure")]
    [InlineData("class: a", "class: a\n    none: [nobody]", "a signal that there is not: nobody")]
    public void A_rule_that_is_not_right_is_refused(string said, string instead, string reason) =>
        Should.Throw<SecurityRuleFileException>(() => Parse((Head + Rule.Replace("PATTERN", "ab", StringComparison.Ordinal)).Replace(said, instead, StringComparison.Ordinal)))
            .Message.ShouldContain(reason);

    [Fact]
    public void The_digest_is_that_of_what_the_rules_say_and_not_of_how_they_are_written()
    {
        var one = Parse(Head + Rule.Replace("PATTERN", "ab", StringComparison.Ordinal));

        Parse("# a comment\n" + Head + Rule.Replace("PATTERN", "ab", StringComparison.Ordinal)).Digest.ShouldBe(one.Digest);
        Parse(Head + Rule.Replace("PATTERN", "abc", StringComparison.Ordinal)).Digest.ShouldNotBe(one.Digest);
    }

    [Fact]
    public void The_shipped_rules_say_what_and_why()
    {
        var rules = ShippedSecurityRules.Ruleset.Rules.Rules;

        rules.Count.ShouldBeGreaterThan(80);
        rules.ShouldAllBe(r => r.What.EndsWith('.') && r.Why.EndsWith('.'));
        SecurityMeasures.All.Except(rules.Select(r => r.Measure)).ShouldBeEmpty();
    }

    private static SecurityRuleset Parse(string yaml) => SecurityRuleFiles.Parse([("rules.yaml", yaml)]);
}
