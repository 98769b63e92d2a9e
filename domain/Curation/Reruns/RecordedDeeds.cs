using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>What curation did to skills besides making versions: retired, reinstated, absorbed them. Each such event belongs to the decision on
/// record that it follows, and is compared with what that comes to again; one that belongs to none is a stray.</summary>
internal sealed class RecordedDeeds(HistorySurvey survey)
{
    private readonly Dictionary<long, string> _claimed = [];

    /// <summary>Finds the events that a decision on record did: the first that no decision before it did, or of a sweep the same for all its families.</summary>
    public IReadOnlyDictionary<(string Skill, Type Kind), SkillEvent> Claim(FamilyEvent.CurationDecided decision, long leaf)
    {
        var by = decision.Sweep is { } sweep ? $"{sweep.Leaf} {string.Join(' ', sweep.Families)}" : $"{leaf}";
        var deeds = new Dictionary<(string, Type), SkillEvent>();
        foreach (var (skill, kind) in SaidIn(decision))
        {
            if (survey.Deeds.Where(d => d.Skill == skill && d.Event.GetType() == kind && d.Leaf > leaf && _claimed.GetValueOrDefault(d.Leaf, by) == by)
                .Select(d => ((long Leaf, SkillEvent Event)?)(d.Leaf, d.Event)).FirstOrDefault() is not var (at, deed)) continue;
            _claimed[at] = by;
            deeds[(skill, kind)] = deed;
        }
        return deeds;
    }

    public static IEnumerable<FieldDifference> Compare(IReadOnlyDictionary<(string Skill, Type Kind), SkillEvent> recorded, IEnumerable<(string Skill, ILedgerEvent Event)> again)
    {
        var open = recorded.ToDictionary();
        foreach (var (skill, done) in again.Where(a => a.Event is SkillEvent e && IsDeed(e)))
        {
            if (!open.Remove((skill, done.GetType()), out var onRecord)) yield return new("event", "", $"{EventCatalogue.Default.AliasOf(done)} of {skill}");
            else foreach (var difference in DecisionComparison.Of(onRecord, (SkillEvent)done)) yield return difference;
        }
        foreach (var ((skill, _), deed) in open) yield return new("event", $"{EventCatalogue.Default.AliasOf(deed)} of {skill}", "");
    }

    /// <summary>Events that say curation did them, and that no decision claimed.</summary>
    public IEnumerable<(string Skill, long Leaf, SkillEvent Event)> Strays => survey.Deeds.Where(d => !_claimed.ContainsKey(d.Leaf));

    internal static bool IsDeed(SkillEvent done) => done is SkillEvent.SkillRetired or SkillEvent.SkillReinstated or SkillEvent.SkillAbsorbed;

    private static IEnumerable<(string Skill, Type Kind)> SaidIn(FamilyEvent.CurationDecided decision) => (decision.Operation, decision.Result?.SkillId) switch
    {
        (CurationOperation.Retire, { } skill) => [(skill, typeof(SkillEvent.SkillRetired))],
        (CurationOperation.Reinstate, { } skill) => [(skill, typeof(SkillEvent.SkillReinstated))],
        (CurationOperation.Merge, { } survivor) => decision.Candidates.Select(c => c.SkillId).Where(s => s != survivor).Select(s => (s, typeof(SkillEvent.SkillAbsorbed))),
        _ => [],
    };
}
