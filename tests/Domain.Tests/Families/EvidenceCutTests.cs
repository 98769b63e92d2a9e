using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Tests.Curation;
using static Pipeline.Domain.Families.FamilyEvent;

namespace Pipeline.Domain.Tests.Families;

public sealed class EvidenceCutTests
{
    private static readonly FamilyOpened Opened = new("library.renew-loan", "library", Library.Renew);

    [Fact]
    public void Skills_are_judged_again_ever_more_seldom_as_evidence_grows() =>
        Enumerable.Range(1, 20).Select(n => Through([.. Enumerable.Range(1, n).Select(Admitted)]))
            .ShouldBe([1, 2, 3, 4, 4, 6, 6, 6, 9, 9, 9, 9, 13, 13, 13, 13, 13, 13, 19, 19]);

    [Fact]
    public void They_are_judged_again_at_once_when_evidence_is_corrected_or_withdrawn()
    {
        var nine = Enumerable.Range(1, 9).Select(Admitted).ToArray();
        Through([.. nine, Admitted(10)]).ShouldBe(9, "one more run is no step");
        Through([.. nine, Admitted(3)]).ShouldBe(10);
        Through([.. nine, Admitted(3), Admitted(10)]).ShouldBe(10);
        Through([.. nine, Admitted(10), new EvidenceWithdrawn(nine[2].EvidenceId, "erased")]).ShouldBe(11);
    }

    [Fact]
    public void A_version_is_judged_by_no_less_than_it_was_made_from() =>
        Through([.. Enumerable.Range(1, 5).Select(Admitted), AFamily.Kept(new AFamily(Library.Renew), "too-few-successes") with { ThroughEvidence = 5, Result = new("a", 1, "sha256:0") }]).ShouldBe(5);

    [Fact]
    public void Nothing_is_judged_by_a_family_without_evidence() => EvidenceCut.Of(Family.Fold([Opened])).ShouldBeNull();

    [Fact]
    public void How_far_it_is_never_goes_back_and_never_beyond_what_there_is() => Prop.ForAll(Arb.From(Gen.ListOf(Gen.Choose(-5, 5)).Select(l => l.ToList())), steps =>
    {
        var (family, last) = (Family.Evolve(Family.None, Opened), 0);
        foreach (var step in steps.Where(s => s != 0))
        {
            family = Family.Evolve(family, step > 0 ? Admitted(step) : new EvidenceWithdrawn(Admitted(-step).EvidenceId, ""));
            var through = EvidenceCut.Of(family)!.Through;
            through.ShouldBeInRange(last, family.EvidenceEvents);
            last = through;
        }
    }).Check(Properties.Config());

    [Fact]
    public void A_cut_is_read_as_it_was_written()
    {
        EvidenceCut[] cuts = [new("library.renew-loan", 6), new("odd@name, with more", 12)];
        EvidenceCut.Read(EvidenceCut.TextOf(cuts)).ShouldBe(cuts);
        EvidenceCut.Read(EvidenceCut.TextOf(null)).ShouldBeEmpty();
    }

    private static int Through(params FamilyEvent[] events) => EvidenceCut.Of(Family.Fold(events.Prepend(Opened).Cast<ILedgerEvent>()))!.Through;

    private static EvidenceAdmitted Admitted(int number) => Library.Renewal(number).Mined(Library.Renew).Evidence;
}
