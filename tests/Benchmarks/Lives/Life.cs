using System.Diagnostics;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Benchmarks.Lives;

/// <summary>A life under one policy: tasks come, agents do them with the skills that stand, their runs become evidence, and the world changes.</summary>
internal sealed class Life(ActivePolicy policy, int runs, string seed)
{
    // Platforms load a skill in part of the runs only; the others are what it can be compared with.
    private const double LoadsSkill = 0.6;

    // While somebody lies, this share of all runs is of him.
    private const double Lies = 0.25;
    private const int SweptEvery = 100;
    private const int HonestSources = 6;
    private const string Liar = "urn:liar";

    private static readonly string[] s_models = ["model-a", "model-b"];

    private readonly Coin _coin = new(seed);
    private readonly IReadOnlyList<Trade> _trades = Trades.All(runs);
    private readonly LifeLedger _ledger = new(policy, TimeSpan.FromMinutes(50));

    public LifeReport Live()
    {
        var watch = Stopwatch.StartNew();
        var report = new LifeReport(policy.Reference.Id, _trades, runs);
        for (var run = 0; run < runs; run++)
        {
            var coin = _coin.For(run);
            var lied = _trades.Where(t => t.IsLiedAbout(run)).ToList();
            var lies = lied.Count > 0 && coin.Falls("lies", Lies);
            var trade = lies ? lied[coin.Below("lied", lied.Count)] : Pick(run, coin);
            var served = _ledger.Served(trade);
            var trajectory = lies ? Worker.Lie(trade, run, Liar, s_models[0], VerifiedBy.Verifier) : Work(trade, run, served, coin);
            report.Worked(trade, run, served?.Advice, trajectory, honest: !lies);
            foreach (var made in _ledger.Take(trajectory, run)) report.Decided(trade, run, made.Decision, HealthOf(made.Decision.Result, trade, run));
            if (run % SweptEvery == SweptEvery - 1)
                foreach (var made in _ledger.Sweep(run)) report.Decided(_trades.First(t => t.Family == made.FamilyId), run, made.Decision, HealthOf(made.Decision.Result, _trades.First(t => t.Family == made.FamilyId), run));
            report.Stands(trade, run, _ledger.Served(trade)?.Advice.HealthFor(trade, run));
        }
        report.Ended(_ledger.Curation.Library.All, watch.Elapsed);
        return report;
    }

    private static Trajectory Work(Trade trade, int run, (Skill Skill, Advice Advice)? served, Coin coin)
    {
        var (model, source) = (s_models[coin.Below("model", s_models.Length)], $"urn:desk-{coin.Below("source", HonestSources)}");
        return served is var (skill, advice) && coin.Falls("loads", LoadsSkill)
            ? Worker.Work(trade, run, source, model, advice, new(skill.Name, skill.Latest!.Number, skill.Latest.PackageDigest), coin)
            : Worker.Work(trade, run, source, model, null, null, coin);
    }

    private Trade Pick(int run, Coin coin)
    {
        var open = _trades.Where(t => run < t.GoneFrom).ToList();
        var left = coin.Toss("trade") * open.Sum(t => t.Weight);
        return open.First(t => (left -= t.Weight) < 0);
    }

    private Health? HealthOf(CuratedVersion? result, Trade trade, int run) => result is null ? null : _ledger.AdviceOf(result.PackageDigest)?.HealthFor(trade, run);
}
