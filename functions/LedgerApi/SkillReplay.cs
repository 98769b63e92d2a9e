using System.Globalization;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Reading;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Rebuilds a version from the events of its stream and the content-addressed files that they name. No read model is asked,
/// except to find a skill by its name.</summary>
public sealed class SkillReplay(EventStore store, LedgerMoments moments, SkillViews views, PurgedContents erasures)
{
    /// <param name="version">Null: the newest one that was served then.</param>
    /// <param name="asOf">A leaf; or a time, which stands for the last checkpoint that was signed by then; null: now.</param>
    public async Task<ReplayOutcome> RunAsync(string idOrName, int? version, string? asOf, CancellationToken ct)
    {
        if (await moments.WhenAsync(asOf, ct) is not ({ } leaves, var signed))
            return new ReplayOutcome.BadQuestion("as-of", "asOf is a leaf (a number) or a time such as 2026-01-31T12:00:00Z");
        var events = await HistoryAsync(idOrName, leaves, ct);
        if (events.Count == 0)
        {
            return new ReplayOutcome.NotThere("skill-unknown", asOf is null
                ? $"there is no skill '{idOrName}'; `skill list` shows those there are"
                : string.Create(CultureInfo.InvariantCulture, $"there was no skill '{idOrName}' at {asOf}, when the log had {leaves} leaves"));
        }

        var skill = Skill.Fold(events.Select(e => e.Event));
        var wanted = version is { } number ? skill.Version(number) : (asOf is null ? skill.AtLatest : null) ?? skill.Latest ?? skill.Current;
        if (wanted is null) return new ReplayOutcome.NotThere("version-unknown", $"skill {skill.Id} had versions 1 to {skill.Versions.Count} then, not {version}");
        return new ReplayOutcome.Replayed(await RebuildAsync(skill, wanted, leaves, MadeAt(events, wanted), ct) with { CheckpointSignedAt = signed });
    }

    private async Task<ReplayView> RebuildAsync(Skill skill, SkillVersion version, long leaves, long madeAt, CancellationToken ct)
    {
        var (files, problem) = await ReadAsync(version.Package, ct);
        var rebuilt = Package.Of(files).Digest;
        var missing = version.Package.Files.Where(f => files.All(there => there.Sha256 != f.Sha256)).Select(f => f.Sha256).ToHashSet(StringComparer.Ordinal);
        var erased = missing.Count == 0 ? null : await erasures.OfAsync(EventContext.DefaultTenant, missing, madeAt, ct);
        if (erased is { } since) problem = $"{missing.Count} of its files were erased with a data subject, since leaf {since}";
        return new(
            skill.Id, skill.Name, version.Number, leaves, version.PackageDigest, rebuilt, rebuilt == version.PackageDigest, problem, erased,
            [.. files.Select(f => new ReplayFile(f.Path, f.Mode, f.Sha256, f.Content.LongLength, Convert.ToBase64String(f.Content)))]);
    }

    private static long MadeAt(IReadOnlyList<RecordedEvent> events, SkillVersion version) => events.LastOrDefault(e => VersionTrail.NumberMade(e.Event) == version.Number)?.Leaf ?? -1;

    private async Task<(IReadOnlyList<PackageFile> Files, string? Problem)> ReadAsync(PackageManifest manifest, CancellationToken ct)
    {
        try
        {
            var files = await views.FilesThereAsync(manifest, ct);
            return (files, files.Count == manifest.Files.Count ? null : $"{manifest.Files.Count - files.Count} of its files are missing from the content store");
        }
        catch (ContentCorruptedException e)
        {
            return ([], e.Message);
        }
    }

    private async Task<IReadOnlyList<RecordedEvent>> HistoryAsync(string idOrName, long leaves, CancellationToken ct)
    {
        var events = await store.ReadStreamAsOfAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, idOrName), leaves, ct);
        if (events.Count > 0 || (await views.FindAsync(idOrName, ct)).Value is not { } found) return events;
        return await store.ReadStreamAsOfAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, found.SkillId), leaves, ct);
    }
}

public abstract record ReplayOutcome
{
    private ReplayOutcome() { }

    public sealed record Replayed(ReplayView View) : ReplayOutcome;

    public sealed record NotThere(string Code, string Message) : ReplayOutcome;

    public sealed record BadQuestion(string Code, string Message) : ReplayOutcome;
}

/// <param name="Leaf">How many leaves the replay looked at.</param>
/// <param name="Problem">Why the rebuilt package is not the recorded one; null when it is.</param>
/// <param name="ErasedSince">The leaf of the event that says that its missing files were erased; null where no event says so of all of them: then
/// somebody has taken them away.</param>
public sealed record ReplayView(
    string Skill, string Name, int Version, long Leaf, string RecordedDigest, string ReplayedDigest, bool Matches, string? Problem, long? ErasedSince, IReadOnlyList<ReplayFile> Files)
{
    /// <summary>Of the checkpoint that a time stands for; null where no time was asked for.</summary>
    public DateTimeOffset? CheckpointSignedAt { get; init; }
}

/// <param name="Content">Base64.</param>
public sealed record ReplayFile(string Path, string Mode, string Sha256, long Size, string Content);
