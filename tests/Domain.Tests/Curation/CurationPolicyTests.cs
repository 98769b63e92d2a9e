using Pipeline.Domain.Curation;

namespace Pipeline.Domain.Tests.Curation;

public sealed class CurationPolicyTests
{
    private static readonly CurationPolicy Policy = new() { Id = "default", Version = 1 };

    [Fact]
    public void The_defaults_can_be_used() => Policy.Problems().ShouldBeEmpty();

    public static TheoryData<string, CurationPolicy> Impossible => new()
    {
        { "id", Policy with { Id = "" } },
        { "version", Policy with { Version = 0 } },
        { "minSuccesses", Policy with { MinSuccesses = 0, MinTasks = 0 } },
        { "minTasks", Policy with { MinTasks = 0 } },
        { "minTasks", Policy with { MinTasks = 4 } },
        { "growth", Policy with { Growth = 1 } },
        { "growth", Policy with { Growth = 10.5 } },
        { "growth", Policy with { Growth = double.NaN } },
        { "growth", Policy with { Growth = double.PositiveInfinity } },
        { "maxEpisodes", Policy with { MaxEpisodes = 2 } },
        { "maxPerTask", Policy with { MaxPerTask = 0 } },
        { "freeShareOfSource", Policy with { FreeShareOfSource = 2 } },
        { "stepSupport", Policy with { StepSupport = 0 } },
        { "stepSupport", Policy with { StepSupport = 1.1 } },
        { "stepSupport", Policy with { StepSupport = double.NaN } },
        { "optionalSupport", Policy with { OptionalSupport = 0 } },
        { "optionalSupport", Policy with { OptionalSupport = 0.7 } },
        { "optionalSupport", Policy with { OptionalSupport = double.NaN } },
        { "maxRegression", Policy with { MaxRegression = -0.1 } },
        { "maxRegression", Policy with { MaxRegression = double.NaN } },
        { "holdOutOneIn", Policy with { HoldOutOneIn = 1 } },
        { "auditEvery", Policy with { AuditEvery = -1 } },
        { "auditEvery", Policy with { Rules = new() { Rollback = "sequential-test" } } },
        { "halfLifeDays", Policy with { HalfLifeDays = -1 } },
        { "halfLifeDays", Policy with { HalfLifeDays = double.NaN } },
        { "minExposure", Policy with { MinExposure = 0 } },
        { "minControl", Policy with { MinControl = 0 } },
        { "confidence", Policy with { Confidence = 1 } },
        { "confidence", Policy with { Confidence = 0.4 } },
        { "retireBelow", Policy with { RetireBelow = -1.1 } },
        { "retireBelow", Policy with { RetireBelow = double.NaN } },
        { "reinstateAbove", Policy with { RetireBelow = 0.1 } },
        { "averageDecay", Policy with { AverageDecay = 1 } },
        { "retireAudits", Policy with { RetireAudits = 0 } },
        { "expandBelow", Policy with { ExpandBelow = 0 } },
        { "expandFailures", Policy with { ExpandFailures = -1 } },
        { "expandMost", Policy with { ExpandMost = 0 } },
        { "minGain", Policy with { MinGain = 1.5 } },
        { "tieSaving", Policy with { TieSaving = double.NaN } },
        { "maxTaskDrop", Policy with { MaxTaskDrop = -0.2 } },
        { "goodEnough", Policy with { GoodEnough = 0 } },
        { "mergeAbove", Policy with { MergeAbove = 0 } },
        { "mergeTriggersAbove", Policy with { MergeTriggersAbove = 2 } },
        { "mergeConfusedAbove", Policy with { MergeConfusedAbove = -0.1 } },
        { "minRetention", Policy with { MinRetention = -1 } },
        { "staleAfter", Policy with { StaleAfter = 0 } },
        { "staleChance", Policy with { StaleChance = 0 } },
        { "rollbackError", Policy with { RollbackError = 1 } },
        { "maxProposalsPerDay", Policy with { MaxProposalsPerDay = -1 } },
        { "rules.retire", Policy with { Rules = new() { Retire = "by-mood" } } },
        { "rules.create", Policy with { Rules = new() { Create = "" } } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void An_impossible_threshold_is_named(string parameter, CurationPolicy policy) => policy.Problems().ShouldContain(p => p.StartsWith(parameter + " ", StringComparison.Ordinal));

    [Fact]
    public void What_is_just_possible_can_be_used() => (Policy with
    {
        MinSuccesses = 1,
        MinTasks = 1,
        MaxEpisodes = 1,
        MaxPerTask = 1,
        FreeShareOfSource = 1,
        Growth = 10,
        StepSupport = 1,
        OptionalSupport = 1,
        MaxRegression = 0,
        HoldOutOneIn = 2,
    }).Problems().ShouldBeEmpty();

    [Theory]
    [InlineData(3, 1.5, "3 4 6 9 13 19 28 42 63 94")]
    [InlineData(1, 2, "1 2 4 8 16 32 64")]
    [InlineData(2, 1.01, "2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30")]
    public void Decision_points_grow_by_the_policys_factor_and_by_one_at_least(int minSuccesses, double growth, string points)
    {
        var policy = Policy with { MinSuccesses = minSuccesses, MinTasks = 1, Growth = growth };
        var expected = points.Split(' ').Select(p => int.Parse(p, System.Globalization.CultureInfo.InvariantCulture)).ToList();

        Enumerable.Range(0, expected[^1] + 1).Where(n => DecisionPoints.Includes(n, policy)).ShouldBe(expected);
    }

    [Fact]
    public void Decision_points_of_a_very_long_family_come_to_an_end() => DecisionPoints.Includes(int.MaxValue - 1, Policy).ShouldBeFalse();
}
