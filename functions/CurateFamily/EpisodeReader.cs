using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Gets the episodes behind a family's evidence from the encrypted payloads; what was erased is left out.</summary>
public sealed class EpisodeReader(EventStore store, PayloadVault vault, TimeProvider time)
{
    private const long MostCachedBytes = 256L * 1024 * 1024;
    private static readonly TimeSpan CacheFor = TimeSpan.FromMinutes(1);

    // Episodes are a pure function of a payload, which never changes. They are clear text: in memory only, and not for long.
    private readonly ConcurrentDictionary<(string Tenant, string TrajectoryId), Cached> _cache = new();
    private long _cachedBytes;

    /// <summary>The episodes behind the evidence, in its order; those that were erased are left out.</summary>
    public async Task<IReadOnlyList<MinedEpisode>> ReadAsync(string tenant, string familyId, IReadOnlyList<FamilyEvent.EvidenceAdmitted> selected, CancellationToken ct)
    {
        var mined = new List<MinedEpisode>();
        foreach (var evidence in selected)
        {
            var (environment, episodes) = await EpisodesOfAsync(tenant, evidence.TrajectoryId, ct);
            if (episodes.FirstOrDefault(e => EpisodeSplitter.EvidenceIdOf(evidence.TrajectoryId, environment, e) == evidence.EvidenceId) is { } episode) mined.Add(new(evidence, episode));
        }
        return mined;
    }

    /// <summary>Forgets what is in memory of these runs.</summary>
    public void Forget(string tenant, IEnumerable<string> trajectories)
    {
        foreach (var id in trajectories) _cache.TryRemove((tenant, id), out _);
    }

    /// <summary>SKILL.md of a skill's current version; empty where it has none.</summary>
    public Task<string> TextOfAsync(Skill skill, CancellationToken ct = default) => FileOfAsync(skill, Package.SkillFile, ct);

    /// <summary>What only some runs need, as a skill's current version has it beside SKILL.md; empty where it has none.</summary>
    public Task<string> VariantsOfAsync(Skill skill, CancellationToken ct = default) => FileOfAsync(skill, SkillWriter.VariantsFile, ct);

    /// <summary>The draft that a skill's current version was worded from by a model; empty where it is its own.</summary>
    public async Task<string> DraftOfAsync(Family family, Skill skill, CancellationToken ct = default) =>
        skill.Current is { } current && family.DraftOf(current.PackageDigest) is { } digest && await store.ReadContentAsync(digest, ct) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";

    private async Task<string> FileOfAsync(Skill skill, string path, CancellationToken ct)
    {
        if (skill.Current?.Package.Files.FirstOrDefault(f => f.Path == path) is not { } file) return "";
        return await store.ReadContentAsync(file.Sha256, ct) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
    }

    private async Task<(string Environment, IReadOnlyList<Episode> Episodes)> EpisodesOfAsync(string tenant, string trajectoryId, CancellationToken ct)
    {
        if (_cache.TryGetValue((tenant, trajectoryId), out var cached) && cached.At + CacheFor > time.GetUtcNow()) return (cached.Environment, cached.Episodes);
        var events = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Trajectory, trajectoryId), ct: ct);
        var record = TrajectoryRecord.Fold(events.Select(e => e.Event));
        if (record.Facts is not { } facts || record.IsErased) return ("", []);
        if (await vault.LoadAsync(tenant, facts.Subject, facts.Payload, ct) is not PayloadLoaded.Content content) return ("", []);

        var cloudEvent = new CloudEvent
        {
            Id = facts.SourceId,
            Source = facts.Source,
            Type = EventTypes.Trajectory,
            Data = JsonElement.Parse(content.CanonicalJson, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth }),
        };
        if (!TrajectoryReader.Read(cloudEvent).Try(out var trajectory, out _)) return ("", []);
        return Keep((tenant, trajectoryId), new(facts.Environment, EpisodeKinds.Of(trajectory), time.GetUtcNow()), facts.Payload.Bytes);
    }

    private (string Environment, IReadOnlyList<Episode> Episodes) Keep((string Tenant, string TrajectoryId) key, Cached cached, long bytes)
    {
        if (Interlocked.Add(ref _cachedBytes, bytes) > MostCachedBytes)
        {
            _cache.Clear();
            Interlocked.Exchange(ref _cachedBytes, bytes);
        }
        _cache[key] = cached;
        return (cached.Environment, cached.Episodes);
    }

    private sealed record Cached(string Environment, IReadOnlyList<Episode> Episodes, DateTimeOffset At);
}
