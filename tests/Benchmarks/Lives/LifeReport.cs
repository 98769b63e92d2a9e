using System.Globalization;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Benchmarks.Lives;

/// <summary>What is told of a life in the end.</summary>
internal sealed class LifeReport(string policy, IReadOnlyList<Trade> trades, int runs)
{
    private readonly Dictionary<Trade, Course> _courses = trades.ToDictionary(t => t, _ => new Course());
    private readonly Dictionary<(int Run, string Skill), List<Trade>> _merges = [];
    private (int Runs, int Successes) _with, _without;
    private IReadOnlyList<Skill> _library = [];
    private TimeSpan _took;

    public void Worked(Trade trade, int run, Advice? served, Trajectory trajectory, bool honest)
    {
        var course = _courses[trade];
        course.Runs++;
        if (run >= trade.RenamedAt) course.RunsSinceRename++;
        if (!honest) return;
        var (success, loaded) = (trajectory.Outcome.Success == true, trajectory.SkillUsage.Loaded.Count > 0);
        if (loaded) _with = (_with.Runs + 1, _with.Successes + (success ? 1 : 0));
        else _without = (_without.Runs + 1, _without.Successes + (success ? 1 : 0));
        if (loaded && served!.HealthFor(trade, run) == Health.Harmful) course.ServedHarm++;
        if (loaded && served!.HealthFor(trade, run) == Health.Stale) course.ServedStale++;
    }

    public void Decided(Trade trade, int run, FamilyEvent.CurationDecided decision, Health? health)
    {
        var course = _courses[trade];
        switch (decision.Operation)
        {
            case CurationOperation.Create or CurationOperation.Improve:
                course.FirstVersion ??= course.Runs;
                course.Versions++;
                if (health == Health.Harmful) course.HarmfulVersions++;
                break;
            case CurationOperation.Retire:
                course.Retired++;
                course.GoneAfter ??= run >= trade.GoneFrom ? run - trade.GoneFrom : null;
                // To lose a right one hurts where there was something left to know and somebody still asks.
                if (health == Health.Right && trade.Knack < 0.9 && run < trade.GoneFrom) course.RetiredFalsely++;
                if (health is Health.Stale or Health.Harmful) course.RetiredBad++;
                break;
            case CurationOperation.Reinstate:
                course.Reinstated++;
                break;
            case CurationOperation.RollBack:
                course.RolledBack++;
                break;
            case CurationOperation.Merge:
                if (!_merges.TryGetValue((run, decision.Result!.SkillId), out var merged)) _merges.Add((run, decision.Result.SkillId), merged = []);
                merged.Add(trade);
                break;
        }
    }

    public void Stands(Trade trade, int run, Health? health)
    {
        var course = _courses[trade];
        if (run == trade.RenamedAt || (run > trade.RenamedAt && course.StaleAtRename is null)) course.StaleAtRename = course.Before == Health.Right;
        if (run >= trade.RenamedAt && health == Health.Right) course.Fixed ??= course.RunsSinceRename;
        if (health == Health.Right) course.FirstRight ??= course.Runs;
        if (health == Health.Harmful && course.Before != Health.Harmful) course.HarmfulSpells++;
        if (health != Health.Harmful && course.Before == Health.Harmful) course.HarmEnded++;
        course.Before = health;
    }

    public void Ended(IEnumerable<Skill> library, TimeSpan took) => (_library, _took) = ([.. library], took);

    /// <summary>A line of the table each: what it is, and how it came out.</summary>
    public IEnumerable<(string What, string Value)> Lines()
    {
        var all = _courses.Values;
        var renamed = Of(t => t.RenamedAt < runs).Where(c => c.StaleAtRename == true).ToList();
        var gone = Of(t => t.GoneFrom < runs).ToList();
        var lied = Of(t => t.LiedAbout.To > 0).ToList();
        yield return ("policy", policy);
        yield return ("families with a skill, of 40", Text(all.Count(c => c.FirstVersion is not null)));
        yield return ("runs of a family until its first version, median", Median(all.Select(c => c.FirstVersion)));
        yield return ("... until a right one", Median(all.Select(c => c.FirstRight)));
        yield return ("versions made", Text(all.Sum(c => c.Versions)));
        yield return ("skills that live at the end", Text(_library.Count(s => s.Lifecycle == Lifecycle.Active)));
        yield return ("renamed tool: skills right before it", Text(renamed.Count));
        yield return ("... right again by the end", Text(renamed.Count(c => c.Fixed is not null)));
        yield return ("... after runs of the family, median", Median(renamed.Select(c => c.Fixed)));
        yield return ("... runs that were told the old name", Text(all.Sum(c => c.ServedStale)));
        yield return ("families that vanished, of 2: retired", Text(gone.Count(c => c.GoneAfter is not null)));
        yield return ("... after runs of all families", Median(gone.Select(c => c.GoneAfter)));
        yield return ("twins merged", _merges.FirstOrDefault(m => AreTwins(m.Value)) is { Key.Skill: not null } twins ? $"after {twins.Key.Run + 1} runs of all" : "no");
        yield return ("... merges of what is not one (false)", Text(_merges.Count(m => !AreTwins(m.Value))));
        yield return ("lied about, of 4: harm came to be served", Text(lied.Count(c => c.HarmfulSpells > 0)));
        yield return ("... runs that were told it", Text(lied.Sum(c => c.ServedHarm)));
        yield return ("... and ended", $"{lied.Sum(c => c.HarmEnded)} of {lied.Sum(c => c.HarmfulSpells)}");
        yield return ("versions rolled back", Text(all.Sum(c => c.RolledBack)));
        yield return ("skills retired", Text(all.Sum(c => c.Retired)));
        yield return ("... of them stale or harmful", Text(all.Sum(c => c.RetiredBad)));
        yield return ("... of them right and needed (false)", Text(all.Sum(c => c.RetiredFalsely)));
        yield return ("skills reinstated", Text(all.Sum(c => c.Reinstated)));
        yield return ("success of runs with a skill", Share(_with));
        yield return ("success of runs without", Share(_without));
        yield return ("success of all honest runs", Share((_with.Runs + _without.Runs, _with.Successes + _without.Successes)));
        yield return ("seconds", _took.TotalSeconds.ToString("0", CultureInfo.InvariantCulture));
    }

    private static bool AreTwins(List<Trade> merged) => merged.TrueForAll(t => t.Twin.Length > 0);

    private IEnumerable<Course> Of(Func<Trade, bool> which) => _courses.Where(c => which(c.Key)).Select(c => c.Value);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Share((int Runs, int Successes) of) =>
        of.Runs == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $".{Math.Round(1000.0 * of.Successes / of.Runs):000} of {of.Runs}");

    private static string Median(IEnumerable<int?> values)
    {
        var sorted = values.OfType<int>().Order().ToList();
        return sorted.Count == 0 ? "-" : Text(sorted[sorted.Count / 2]);
    }

    /// <summary>How it went with one family.</summary>
    private sealed class Course
    {
        public int Runs { get; set; }
        public int RunsSinceRename { get; set; }
        public int Versions { get; set; }
        public int? FirstVersion { get; set; }
        public int? FirstRight { get; set; }
        public bool? StaleAtRename { get; set; }
        public int? Fixed { get; set; }
        public int? GoneAfter { get; set; }
        public int ServedStale { get; set; }
        public int ServedHarm { get; set; }
        public int HarmfulVersions { get; set; }
        public int HarmfulSpells { get; set; }
        public int HarmEnded { get; set; }
        public int Retired { get; set; }
        public int RetiredBad { get; set; }
        public int RetiredFalsely { get; set; }
        public int Reinstated { get; set; }
        public int RolledBack { get; set; }
        public Health? Before { get; set; }
    }
}
