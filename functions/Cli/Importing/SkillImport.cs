using System.Runtime.CompilerServices;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Importing;

/// <summary>What became of the skills that were found.</summary>
internal sealed record ImportCounts(int Created, int Improved, int Unchanged, int Refused);

/// <summary>A skill that was not imported.</summary>
/// <param name="Skill">Its id or name, or where it was found.</param>
internal sealed record ImportRefusal(string Skill, string Code, string Message);

/// <summary>Sends skills in batches and keeps count.</summary>
internal sealed class SkillImport(LedgerClient client, IProgressMeter progress, bool trust)
{
    private const int MostSkills = 50;

    // Before base64 makes a third more of it.
    private const long MostBytes = 4_000_000;

    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);
    private readonly List<ImportRefusal> refusals = [];
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly List<(string Skill, IReadOnlyList<string> Verdicts)> overruled = [];
    private int refusedHere;

    public ImportCounts Counts => new(Of("created"), Of("improved"), Of("unchanged"), refusals.Count);

    public IReadOnlyList<ImportRefusal> Refusals => refusals;

    /// <summary>Ids of those that are in the ledger now.</summary>
    public IReadOnlySet<string> Taken => taken;

    /// <summary>Those that are trusted although validators had failed them, and which.</summary>
    public IReadOnlyList<(string Skill, IReadOnlyList<string> Verdicts)> Overruled => overruled;

    public async Task RunAsync(FoundSkills found, CancellationToken ct)
    {
        var done = 0;
        await foreach (var batch in BatchesAsync(OnceAsync(found.Skills, ct), ct))
        {
            done += batch.Count;
            await SendAsync(batch, ct);
            progress.Report(done + refusedHere, found.Count);
        }
        progress.Report(found.Count, found.Count);
    }

    // The server knows of one batch only: to it the second skill of a name in another batch is the first one's next version.
    private async IAsyncEnumerable<FoundSkill> OnceAsync(IAsyncEnumerable<FoundSkill> found, [EnumeratorCancellation] CancellationToken ct)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var skill in found.WithCancellation(ct))
        {
            if (skill.Skill is null) Refuse(new(skill.Place, "unreadable", skill.Why!));
            else if (!ids.Add(skill.Id)) Refuse(new(skill.Place, "same-name", $"another skill of the same import is called '{skill.Id}' too; give one of them another name, or ids"));
            else yield return skill;
        }
    }

    private void Refuse(ImportRefusal refusal)
    {
        refusals.Add(refusal);
        refusedHere++;
    }

    private async Task SendAsync(IReadOnlyList<FoundSkill> batch, CancellationToken ct)
    {
        try
        {
            var results = (await client.ImportAsync([.. batch.Select(f => f.Skill!)], trust, ct)).Value.Results;
            for (var i = 0; i < results.Count; i++) Count(results[i], i < batch.Count ? batch[i].Place : "");
        }
        catch (LedgerApiException e) when (e.Status is 400 or 413 or 422)
        {
            // One of them spoils the request: the others must not suffer for it.
            if (batch is [var only]) refusals.Add(new(NameOf(only), e.Code, e.Detail));
            else foreach (var half in batch.Chunk((batch.Count + 1) / 2)) await SendAsync(half, ct);
        }
    }

    private void Count(ImportResult result, string place)
    {
        if (result is { Status: "created" or "improved" or "unchanged", Id: { } id })
        {
            counts[result.Status] = Of(result.Status) + 1;
            taken.Add(id);
            if (result.Overruled is { Count: > 0 } verdicts) overruled.Add((result.Name ?? id, verdicts));
        }
        else
        {
            refusals.Add(new(new[] { result.Id, result.Name }.FirstOrDefault(told => !string.IsNullOrEmpty(told)) ?? place, result.Code ?? result.Status, result.Message ?? "The server gave no reason."));
        }
    }

    private int Of(string status) => counts.GetValueOrDefault(status);

    private static string NameOf(FoundSkill found) => found.Skill?.Id ?? found.Skill?.Name ?? found.Place;

    private static async IAsyncEnumerable<IReadOnlyList<FoundSkill>> BatchesAsync(IAsyncEnumerable<FoundSkill> found, [EnumeratorCancellation] CancellationToken ct)
    {
        var batch = new List<FoundSkill>();
        var bytes = 0L;
        await foreach (var skill in found.WithCancellation(ct))
        {
            var size = skill.Skill!.Files.Sum(f => (long)f.Content.Length);
            if (batch.Count > 0 && (batch.Count == MostSkills || bytes + size > MostBytes))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(skill);
            bytes += size;
        }

        if (batch.Count > 0) yield return batch;
    }
}
