namespace Pipeline.Domain.Curation.Usage;

/// <summary>Success of runs with a skill against matched runs without: each is compared with those of the same task where there are any,
/// else of the same model, else with all of the family.</summary>
public sealed record Comparison
{
    /// <summary>Runs with the skill, and how many of them succeeded; not weighted.</summary>
    public required int Exposures { get; init; }
    public required int Successes { get; init; }

    /// <summary>Runs without it that any of those was compared with.</summary>
    public required int Controls { get; init; }
    public required int ControlSuccesses { get; init; }

    /// <summary>How many of the exposures were matched by task, by model, by family only, and not at all.</summary>
    public required int ByTask { get; init; }
    public required int ByModel { get; init; }
    public required int ByFamily { get; init; }
    public required int Unmatched { get; init; }

    /// <summary>Weighted shares of success, 0 to 1.</summary>
    public required double With { get; init; }
    public required double Without { get; init; }

    /// <summary>Kish's effective numbers of runs behind the shares.</summary>
    public required double EffectiveWith { get; init; }
    public required double EffectiveWithout { get; init; }

    /// <summary>Prompt and completion tokens of the runs with the skill that told them.</summary>
    public required long Tokens { get; init; }

    /// <summary>Success with the skill less success without: -1 to 1.</summary>
    public double Utility => With - Without;

    /// <summary>Between which it is taken to lie, at a one-sided confidence.</summary>
    public (double Lower, double Upper) Bounds(double confidence) =>
        SuccessRates.Difference((With, EffectiveWith), (Without, EffectiveWithout), SuccessRates.Deviate(confidence));

    /// <summary>Whether there is enough on both sides to judge by.</summary>
    public bool IsEnough(CurationPolicy policy) => Exposures >= policy.MinExposure && Controls >= policy.MinControl;

    public static Comparison Of(IReadOnlyList<Trial> with, IReadOnlyList<Trial> without, CurationPolicy policy)
    {
        var (weights, controlWeights) = (new TrialWeights(with, policy), new TrialWeights(without, policy));
        var pools = new Pools(without, controlWeights);
        foreach (var trial in with) pools.Match(trial, weights.Of(trial));
        var shares = without.Select(c => (Control: c, Weight: pools.WeightOf(c, controlWeights.Of(c)))).Where(c => c.Weight > 0).ToList();
        var (withShare, withRuns) = Share(with.Select(t => (t.Succeeded, weights.Of(t))));
        var (withoutShare, withoutRuns) = Share(shares.Select(c => (c.Control.Succeeded, c.Weight)));
        return new()
        {
            Exposures = with.Count,
            Successes = with.Count(t => t.Succeeded),
            Controls = shares.Count,
            ControlSuccesses = shares.Count(c => c.Control.Succeeded),
            ByTask = pools.ByTask.Matched,
            ByModel = pools.ByModel.Matched,
            ByFamily = pools.All.Matched,
            Unmatched = with.Count - pools.ByTask.Matched - pools.ByModel.Matched - pools.All.Matched,
            With = withShare,
            Without = withoutShare,
            EffectiveWith = withRuns,
            EffectiveWithout = withoutRuns,
            Tokens = with.Sum(t => t.Tokens ?? 0),
        };
    }

    private static (double Share, double Runs) Share(IEnumerable<(bool Succeeded, double Weight)> runs)
    {
        var all = runs.ToList();
        var weight = TrialWeights.Sum(all.Select(r => r.Weight));
        if (weight <= 0) return (0, 0);
        var squares = TrialWeights.Sum(all.Select(r => r.Weight * r.Weight));
        return (TrialWeights.Sum(all.Where(r => r.Succeeded).Select(r => r.Weight)) / weight, weight * weight / squares);
    }

    /// <summary>The controls by what they can be matched by. A pool's weight is what of the exposures it answers for.</summary>
    private sealed class Pools
    {
        public Pools(IReadOnlyList<Trial> without, TrialWeights weights)
        {
            (ByTask, ByModel, All) = (new(without, weights, t => t.Task), new(without, weights, t => t.Model), new(without, weights, _ => "family"));
        }

        public Matching ByTask { get; }
        public Matching ByModel { get; }
        public Matching All { get; }

        public void Match(Trial exposure, double weight)
        {
            if (ByTask.Take(exposure, weight) || ByModel.Take(exposure, weight)) return;
            All.Take(exposure, weight);
        }

        public double WeightOf(Trial control, double weight) => weight * (ByTask.RateOf(control) + ByModel.RateOf(control) + All.RateOf(control));
    }

    private sealed class Matching
    {
        private readonly Func<Trial, string> _key;
        private readonly Dictionary<string, double> _controls;
        private readonly Dictionary<string, List<double>> _taken = new(StringComparer.Ordinal);
        private readonly Dictionary<string, double> _rates = new(StringComparer.Ordinal);

        public Matching(IReadOnlyList<Trial> without, TrialWeights weights, Func<Trial, string> key)
        {
            _key = key;
            _controls = without.Where(t => key(t).Length > 0).GroupBy(key, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => TrialWeights.Sum(g.Select(weights.Of)), StringComparer.Ordinal);
        }

        public int Matched { get; private set; }

        public bool Take(Trial exposure, double weight)
        {
            if (!_controls.ContainsKey(_key(exposure))) return false;
            if (!_taken.TryGetValue(_key(exposure), out var weights)) _taken[_key(exposure)] = weights = [];
            weights.Add(weight);
            Matched++;
            return true;
        }

        public double RateOf(Trial control)
        {
            var key = _key(control);
            if (!_taken.TryGetValue(key, out var weights)) return 0;
            if (!_rates.TryGetValue(key, out var rate)) _rates[key] = rate = TrialWeights.Sum(weights) / _controls[key];
            return rate;
        }
    }
}
