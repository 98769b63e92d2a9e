using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Families.FamilyEvent;
using static Pipeline.Domain.Tests.Curation.Library;
using Outcome = Pipeline.Domain.Trajectories.Outcome;

namespace Pipeline.Domain.Tests.Curation;

public sealed class EvidenceSelectionTests
{
    private static readonly CurationPolicy Policy = new() { Id = "default", Version = 1 };

    [Fact]
    public void Only_what_somebody_verified_is_looked_at() => Selected(
        [Of(1), Of(2, success: false), Of(3) with { Outcome = new(true, 1, VerifiedBy.Self) }, Of(4) with { Outcome = Outcome.Unknown }, Of(5) with { Outcome = new(true, null, VerifiedBy.Human) }])
        .ShouldBe("e-001 e-002 e-005");

    [Fact]
    public void Near_duplicates_count_once_and_a_success_and_a_failure_are_two() =>
        Selected([Of(1, shape: "s"), Of(2, shape: "s"), Of(3, success: false, shape: "s"), Of(4, success: false, shape: "s"), Of(5)]).ShouldBe("e-001 e-003 e-005");

    [Fact]
    public void Of_one_task_the_newest_few_successes_and_failures_count() =>
        Selected([.. Enumerable.Range(1, 6).Select(n => Of(n, task: "one")), .. Enumerable.Range(7, 5).Select(n => Of(n, success: false, task: "one")), Of(12)])
            .ShouldBe("e-003 e-004 e-005 e-006 e-008 e-009 e-010 e-011 e-012");

    [Fact]
    public void Runs_of_no_task_are_tasks_of_their_own() => Selected([.. Enumerable.Range(1, 6).Select(n => Of(n, task: ""))]).Split(' ').Length.ShouldBe(6);

    [Fact]
    public void One_source_has_its_free_share_and_beyond_it_no_more_than_all_the_others()
    {
        var flood = Enumerable.Range(1, 60).Select(n => Of(n, source: "urn:flood")).ToList();

        Select([.. flood, .. Enumerable.Range(61, 10).Select(n => Of(n))]).Count(IsFlood).ShouldBe(30);
        Select([.. flood, .. Enumerable.Range(61, 20).Select(n => Of(n)), .. Enumerable.Range(81, 15).Select(n => Of(n, source: "urn:third"))]).Count(IsFlood).ShouldBe(35);
    }

    [Fact]
    public void A_lone_source_is_not_capped_until_there_is_another()
    {
        var lone = Enumerable.Range(1, 60).Select(n => Of(n, source: "urn:flood")).ToList();

        Select(lone).Count.ShouldBe(60);
        Select([.. lone, Of(61)]).Count(IsFlood).ShouldBe(30);
    }

    [Fact]
    public void The_last_to_flood_does_not_push_all_the_others_out()
    {
        var selected = Select([.. Enumerable.Range(1, 300).Select(n => Of(n)), .. Enumerable.Range(301, 300).Select(n => Of(n, source: "urn:flood"))]);

        (selected.Count, selected.Count(IsFlood)).ShouldBe((80, 40));
    }

    [Fact]
    public void The_newest_up_to_the_limit_are_looked_at_in_order_of_admission() =>
        Selected([.. Enumerable.Range(1, 9).Select(n => Of(n))], Policy with { MaxEpisodes = 3 }).ShouldBe("e-007 e-008 e-009");

    [Fact]
    public void Whatever_comes_no_source_outweighs_the_others_beyond_its_share_and_no_task_its_own() => Prop.ForAll(
        Properties.Sequences(
            from source in Gen.Choose(0, 3)
            from task in Gen.Choose(0, 9)
            from success in Gen.Choose(0, 2)
            select (source, task, success), longest: 150),
        runs =>
        {
            var policy = Policy with { MaxEpisodes = 20, FreeShareOfSource = 5, MaxPerTask = 3 };
            var all = runs.Select((r, n) => Of(n, r.success > 0, $"t{r.task}", $"urn:{r.source / 2}")).ToList();
            var selected = EvidenceSelection.Select(all, policy);

            selected.ShouldBe(all.Where(selected.Contains));
            selected.Count.ShouldBeLessThanOrEqualTo(20);
            var sources = all.Where(e => e.Outcome.IsVerifiedSuccess || e.Outcome.IsVerifiedFailure).DistinctBy(e => e.Source).Count();
            foreach (var source in selected.CountBy(e => e.Source).Where(_ => sources > 1)) source.Value.ShouldBeLessThanOrEqualTo(Math.Max(5, selected.Count - source.Value));
            foreach (var task in selected.CountBy(e => (e.Task, e.Outcome.Success))) task.Value.ShouldBeLessThanOrEqualTo(3);
        }).Check(Properties.Config());

    private static bool IsFlood(EvidenceAdmitted evidence) => evidence.Source == "urn:flood";

    private static IReadOnlyList<EvidenceAdmitted> Select(IEnumerable<EvidenceAdmitted> evidence) => EvidenceSelection.Select(evidence, Policy);

    private static string Selected(IEnumerable<EvidenceAdmitted> evidence, CurationPolicy? policy = null) =>
        string.Join(' ', EvidenceSelection.Select(evidence, policy ?? Policy).Select(e => e.EvidenceId));

    private static EvidenceAdmitted Of(int n, bool success = true, string? task = null, string source = "urn:library", string? shape = null)
    {
        var run = Renewal(n).From(source).ForTask(task ?? $"task {n}").Shaped(shape ?? $"{n}");
        return (success ? run : run.Failed()).Mined(Renew).Evidence;
    }
}
