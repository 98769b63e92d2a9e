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
public sealed class EpisodeReader(EventStore store, PayloadVault vault)
{
    private const int MostCached = 2000;

    // Episodes are a pure function of a payload, which never changes. They are clear text: in memory only, and let go of in bulk.
    private readonly ConcurrentDictionary<(string Tenant, string TrajectoryId), Cached> _cache = new();

    /// <summary>The newest <paramref name="atMost"/> episodes with a verified outcome, in order of admission.</summary>
    public async Task<IReadOnlyList<MinedEpisode>> ReadAsync(string tenant, Family family, int atMost, CancellationToken ct)
    {
        var mined = new List<MinedEpisode>();
        foreach (var evidence in family.Evidence.Where(e => e.Outcome.IsVerifiedSuccess || e.Outcome.IsVerifiedFailure).TakeLast(atMost))
        {
            var episodes = await EpisodesOfAsync(tenant, evidence.TrajectoryId, ct);
            if (episodes.FirstOrDefault(e => e.Effect == family.Effect) is { } episode) mined.Add(new(evidence, episode));
        }
        return mined;
    }

    /// <summary>SKILL.md of a skill's current version; empty where it has none.</summary>
    public async Task<string> TextOfAsync(Skill skill, CancellationToken ct = default)
    {
        if (skill.Current?.Package.Files.FirstOrDefault(f => f.Path == Package.SkillFile) is not { } file) return "";
        return await store.ReadContentAsync(file.Sha256, ct) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
    }

    private async Task<IReadOnlyList<Episode>> EpisodesOfAsync(string tenant, string trajectoryId, CancellationToken ct)
    {
        if (_cache.TryGetValue((tenant, trajectoryId), out var cached)) return cached.Episodes;
        var events = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Trajectory, trajectoryId), ct: ct);
        var record = TrajectoryRecord.Fold(events.Select(e => e.Event));
        if (record.Facts is not { } facts || record.IsErased) return [];
        if (await vault.LoadAsync(tenant, facts.Subject, facts.Payload, ct) is not PayloadLoaded.Content content) return [];

        var cloudEvent = new CloudEvent
        {
            Id = facts.SourceId,
            Source = facts.Source,
            Type = EventTypes.Trajectory,
            Data = JsonElement.Parse(content.CanonicalJson, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth }),
        };
        if (TrajectoryReader.Read(cloudEvent) is not Parsed<Trajectory>.Ok { Value: var trajectory }) return [];
        if (_cache.Count >= MostCached) _cache.Clear();
        return _cache.GetOrAdd((tenant, trajectoryId), new Cached(EpisodeSplitter.Split(trajectory))).Episodes;
    }

    private sealed record Cached(IReadOnlyList<Episode> Episodes);
}
