using System.Text.Json;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.Cli.Auditing;

/// <summary>What a run over the decisions has compared, kept a line each as it comes, so that one that was broken off is gone on with from there.</summary>
internal sealed class RerunPlace(string path) : IAsyncDisposable
{
    private StreamWriter? _lines;

    /// <param name="about">Which decisions: of a skill, of a family, or all.</param>
    public static RerunPlace In(string home, string origin, string about) => new(Path.Combine(home, "audit", $"rederive-{Digest.Short($"{origin} {about}")}.jsonl"));

    /// <returns>Up to the last decision that is on record at a leaf: what was found missing behind that is found again. Null when there is none, or none that can be read.</returns>
    public async Task<ComparedSoFar?> ReadAsync(CancellationToken ct)
    {
        try
        {
            var lines = await File.ReadAllLinesAsync(path, ct);
            if (lines.Length == 0) return null;
            var decisions = new List<RederivedDecision>();
            foreach (var line in lines.Skip(1))
                if (Read<RederivedDecision>(line) is { } decision) decisions.Add(decision);
                else break;
            // What no decision says so, which comes last, is at no point.
            var last = decisions.FindLastIndex(d => d is { Leaf: not null, Point: > 0 });
            return last >= 0 && Read<RerunHead>(lines[0]) is { } head ? new(head, decisions[..(last + 1)]) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public async Task BeginAsync(RerunHead head, IEnumerable<RederivedDecision> before)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = path + ".new";
        await File.WriteAllLinesAsync(aside, [JsonSerializer.Serialize(head, LedgerJson.Options), .. before.Select(d => JsonSerializer.Serialize(d, LedgerJson.Options))]);
        File.Move(aside, path, overwrite: true);
        _lines = File.AppendText(path);
    }

    public async Task AddAsync(RederivedDecision decision)
    {
        // Flushed, for whoever is killed says nothing more.
        await _lines!.WriteLineAsync(JsonSerializer.Serialize(decision, LedgerJson.Options));
        await _lines.FlushAsync();
    }

    /// <summary>Once all was compared.</summary>
    public async Task ForgetAsync()
    {
        await DisposeAsync();
        File.Delete(path);
    }

    public async ValueTask DisposeAsync()
    {
        if (_lines is not null) await _lines.DisposeAsync();
        _lines = null;
    }

    // Of one that was killed the last line may be half of one.
    private static T? Read<T>(string line) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, LedgerJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Leaves">How many leaves there were to look at.</param>
/// <param name="Total">How many decisions are on record.</param>
/// <param name="Program">Which program decides again: what another one found is not what this one would find.</param>
internal sealed record RerunHead(long Leaves, int Total, string Program);

internal sealed record ComparedSoFar(RerunHead Head, IReadOnlyList<RederivedDecision> Decisions)
{
    public long Leaf => Decisions[^1].Leaf!.Value;
}
