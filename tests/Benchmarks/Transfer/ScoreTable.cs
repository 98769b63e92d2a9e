namespace Pipeline.Benchmarks.Transfer;

/// <summary>Scores by what was searched with and what was given, printed as means.</summary>
internal sealed class ScoreTable
{
    private readonly OrderedDictionary<(string Query, string Given), List<Score>> _rows = [];

    public void Add(string query, string given, Score score)
    {
        if (!_rows.TryGetValue((query, given), out var row)) _rows[(query, given)] = row = [];
        row.Add(score);
    }

    public void Print()
    {
        Console.WriteLine($"{"searched by",-20}{"given",-24}{"precision",10}{"recall",10}{"F1",10}{"effects",10}{"characters",12}");
        foreach (var ((query, given), scores) in _rows.OrderBy(r => r.Key.Query, StringComparer.Ordinal)) Console.WriteLine($"{query,-20}{given,-24}{Score.Means(scores)}");
    }
}
