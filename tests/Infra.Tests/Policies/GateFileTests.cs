using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Infra.Policies;

namespace Pipeline.Infra.Tests.Policies;

public sealed class GateFileTests
{
    [Fact]
    public void The_strict_gates_say_what_the_record_defaults_to() => Shipped("strict").ShouldBe(new GatePolicy { Id = "strict", Version = 1 });

    [Fact]
    public void The_relaxed_gates_are_for_one_person_on_one_machine() => Shipped("relaxed").ShouldBe(new GatePolicy
    {
        Id = "relaxed",
        Version = 1,
        Sources = 1,
        AuthorMayApprove = true,
        ApprovalStandsForEvidence = true,
        Approvers = 1,
        CleanDays = 7,
        CleanUses = 20,
        UnapprovedPowers = Tier.T1,
    });

    [Fact]
    public void Every_key_can_be_said() =>
        Parse("id: g\nversion: 2\nsources: 3\nauthorMayApprove: true\napprovalStandsForEvidence: true\napprovers: 4\ncleanDays: 1.5\ncleanUses: 7\ncleanDrop: 0.1\nstaleAfter: 9\nunapprovedPowers: t1\ncanaryFollows: false\n")
            .ShouldBe(new GatePolicy
            {
                Id = "g",
                Version = 2,
                Sources = 3,
                AuthorMayApprove = true,
                ApprovalStandsForEvidence = true,
                Approvers = 4,
                CleanDays = 1.5,
                CleanUses = 7,
                CleanDrop = 0.1,
                StaleAfter = 9,
                UnapprovedPowers = Tier.T1,
                CanaryFollows = false,
            });

    [Theory]
    [InlineData("sources: 0", "line 3: sources must be from 1 to 1000")]
    [InlineData("approvers: 101", "line 3: approvers must be")]
    [InlineData("cleanDays: .nan", "line 3: cleanDays must be")]
    [InlineData("cleanDrop: 1.5", "line 3: cleanDrop must be")]
    [InlineData("staleAfter: -1", "line 3: staleAfter must be")]
    [InlineData("unapprovedPowers: T2", "line 3: unapprovedPowers must be Q or T1")]
    [InlineData("unapprovedPowers: 9", "line 3: unapprovedPowers must be Q or T1")]
    [InlineData("unapprovedPowers: T9", "line 3: ")]
    [InlineData("sources: many", "line 3: ")]
    [InlineData("votes: 3", "line 3: there is no key 'votes'")]
    [InlineData("version: 2", "line 3: ")]
    public void What_cannot_be_is_refused_with_its_line(string line, string reason) =>
        Should.Throw<PolicyFileException>(() => Parse($"id: g\nversion: 1\n{line}\n")).Message.ShouldContain(reason);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("id: g\n", "version must be 1 or more")]
    [InlineData("version: 1\n", "id must be")]
    [InlineData("id: G G\nversion: 1\n", "line 1: id must be")]
    [InlineData("[1", "line")]
    public void A_file_that_says_too_little_is_refused(string yaml, string reason) =>
        Should.Throw<PolicyFileException>(() => Parse(yaml)).Message.ShouldContain(reason);

    private static GatePolicy Parse(string yaml) => GateFile.Parse(Encoding.UTF8.GetBytes(yaml));

    private static GatePolicy Shipped(string id) => GateFile.Parse(File.ReadAllBytes(Path.Combine(PolicyFileTests.Root(), "policies", "gates", $"{id}.yaml")));
}
