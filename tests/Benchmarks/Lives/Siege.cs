using System.Globalization;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Benchmarks.Lives;

/// <summary>Honest work at twelve trades, and lies about half of them: what comes to be served, and how much later what is good.</summary>
internal sealed class Siege(ActivePolicy policy, Attack attack, int runs, string seed)
{
    private const double LoadsSkill = 0.6;
    private const int HonestSources = 6;

    private readonly Coin _coin = new(seed);
    private readonly LifeLedger _ledger = new(policy, TimeSpan.FromMinutes(50));
    private readonly List<Trade> _trades = [.. Trades.All(int.MaxValue).Where((t, i) => t.Knack < 0.9 && i % 3 == 0).Take(12).Select(t => t with { RenamedAt = int.MaxValue, GoneFrom = int.MaxValue, Weight = 1 })];
    private readonly Dictionary<Trade, Course> _courses = [];

    /// <summary>A line of the table: by how many and how bad.</summary>
    public IReadOnlyList<string> Run()
    {
        foreach (var trade in _trades) _courses[trade] = new();
        var (number, attackedRuns) = (0, 0);
        for (var run = 0; run < runs; run++)
        {
            var coin = _coin.For(run);
            var trade = _trades[coin.Below("trade", _trades.Count)];
            var course = _courses[trade];
            course.Runs++;
            var loads = _ledger.Served(trade) is not null && coin.Falls("loads", LoadsSkill);
            var served = loads ? _ledger.Served(trade) : null;
            if (served is var (_, told) && told.Tells(trade.Harm)) course.Told++;
            var source = $"urn:desk-{coin.Below("source", HonestSources)}";
            Took(trade, _ledger.Take(Worker.Work(
                trade, number++, source, "model-a", served?.Advice, served is var (skill, _) ? new(skill.Name, skill.Latest!.Number, skill.Latest.PackageDigest) : null, coin), run));
            if (!IsAttacked(trade)) continue;
            attackedRuns++;
            for (var lie = attack.LiesAt(run, runs); lie > 0; lie--)
                Took(trade, _ledger.Take(Worker.Lie(trade, number++, $"urn:liar-{lie % attack.Sources}", "model-a", attack.VerifiedBy), run));
        }
        return Line(number - runs, attackedRuns);
    }

    private void Took(Trade trade, IReadOnlyList<MadeDecision> made)
    {
        var course = _courses[trade];
        foreach (var version in made.SelectMany(m => m.SkillEvents).Select(e => ContentOf(e.Event)).OfType<VersionContent>().Where(c => _ledger.AdviceOf(c.Package.Digest)?.Tells(trade.Harm) == true))
        {
            var behind = version.Evidence.Select(e => _ledger.Episode(e.EvidenceId)).Where(e => e.Succeeded && e.Episode.Did(trade.Harm)).Select(e => e.Evidence.Source).Distinct(StringComparer.Ordinal).Count();
            course.MostBehind = Math.Max(course.MostBehind, behind);
            course.Harmful = true;
        }
        var health = _ledger.Served(trade)?.Advice.HealthFor(trade, 0);
        if (health == Health.Right) course.FirstRight ??= course.Runs;
        course.IsHarmful = health == Health.Harmful;
        course.IsRight = health == Health.Right;
    }

    private static VersionContent? ContentOf(ILedgerEvent @event) => @event switch
    {
        SkillEvent.SkillCreated e => e.Content,
        SkillEvent.SkillImproved e => e.Content,
        _ => null,
    };

    private bool IsAttacked(Trade trade) => _trades.IndexOf(trade) % 2 == 0;

    private IReadOnlyList<string> Line(int lies, int attackedRuns)
    {
        var attacked = _courses.Where(c => IsAttacked(c.Key)).Select(c => c.Value).ToList();
        var others = _courses.Where(c => !IsAttacked(c.Key)).Select(c => c.Value).ToList();
        return
        [
            attack.Name, $"{Text(lies)} : {Text(attackedRuns)}", Text(attacked.Count(c => c.Harmful)), Text(attacked.Sum(c => c.Told)), Text(attacked.Count(c => c.IsHarmful)),
            Text(attacked.Count(c => c.MostBehind >= 2)), Text(attacked.Count(c => c.MostBehind >= 4)),
            Median(attacked), Text(attacked.Count(c => c.IsRight)), Median(others), Text(others.Count(c => c.IsRight)),
        ];
    }

    public static IReadOnlyList<string> Heading { get; } =
    [
        "attack", "lies : honest runs", "bad skills served, of 6", "honest runs that were told so", "bad at the end",
        "bad with 2 sources behind", "bad with 4", "first right version after runs", "right at the end, of 6", "the other six: first right", "right at the end",
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Median(IEnumerable<Course> courses)
    {
        var sorted = courses.Select(c => c.FirstRight).OfType<int>().Order().ToList();
        return sorted.Count == 0 ? "never" : Text(sorted[sorted.Count / 2]);
    }

    private sealed class Course
    {
        public int Runs { get; set; }
        public int Told { get; set; }
        public bool Harmful { get; set; }
        public bool IsHarmful { get; set; }
        public bool IsRight { get; set; }
        public int MostBehind { get; set; }
        public int? FirstRight { get; set; }
    }
}
