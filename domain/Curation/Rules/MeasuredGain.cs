namespace Pipeline.Domain.Curation.Rules;

/// <summary>SkVM's rule: a revision must gain, or tie at lower cost; a drop on any one task refuses it, and what is good enough is left.</summary>
/// <remarks>Cost is the length of the text, which is what an agent pays for loading it: no run with the revision exists yet.</remarks>
public static class MeasuredGain
{
    public const string Name = "measured-gain";

    public static Finding Judge(GateResult gate, (int Base, int Revision) lengths, CurationPolicy policy)
    {
        if (gate is not { Base: { } standing, Revision: { } revised }) return ImproveRules.Inconclusive;
        // Sums of shares are not exact to the last place; thresholds are.
        var gain = Math.Round(revised - standing, 9);
        var drop = Math.Round(gate.Tasks.Select(t => t.Base - t.Revision).DefaultIfEmpty(0).Max(), 9);
        var saving = lengths.Base == 0 ? 0 : 1 - (double)lengths.Revision / lengths.Base;
        var finding = standing >= policy.GoodEnough ? Finding.NotDue("good-enough", "the version that stands covers enough of the held-out episodes")
            : drop > policy.MaxTaskDrop ? Finding.NotDue("task-drop", "on one held-out task the revision covers much less than the version that stands")
            : gain >= policy.MinGain ? Finding.Due("procedure-changed", "")
            : gain >= 0 && saving >= policy.TieSaving ? Finding.Due("same-for-less", "")
            : Finding.NotDue("no-gain", "on held-out episodes the revision neither gains enough nor does the same at a much lower cost");
        return finding with
        {
            Scores = Finding.Numbers([.. gate.Scores.Select(s => (s.Key, s.Value)), ("gain", gain), ("greatestTaskDrop", drop), ("saving", saving)]),
            Thresholds = Finding.Numbers(("minGain", policy.MinGain), ("tieSaving", policy.TieSaving), ("maxTaskDrop", policy.MaxTaskDrop), ("goodEnough", policy.GoodEnough)),
        };
    }
}
