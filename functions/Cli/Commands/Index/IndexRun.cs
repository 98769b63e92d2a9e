using System.Text.Json;

namespace Pipeline.Functions.Cli.Commands.Index;

/// <summary>Reads an answer that comes as lines: how far it is, and last what came of it.</summary>
internal static class IndexRun
{
    /// <exception cref="CliFailure">The index cannot be reached, or the answer broke off.</exception>
    public static async Task<JsonElement> ReadAsync(IAsyncEnumerable<JsonElement> lines, IProgressMeter progress)
    {
        JsonElement? result = null;
        var complete = false;
        await foreach (var line in lines)
        {
            if (line.TryGetProperty("problem", out var problem)) throw new CliFailure(ExitCodes.NoServer, $"The search index: {problem.GetString()}.");
            if (line.TryGetProperty("done", out var done)) progress.Report(done.GetInt64(), line.GetProperty("total").GetInt64());
            else if (line.TryGetProperty("result", out var said)) result = said;
            else complete = line.TryGetProperty("complete", out _);
        }
        return complete && result is { } whole ? whole : throw new CliFailure(ExitCodes.NoServer, "The server broke off before it was done; its log says why.");
    }
}
