using System.IO.Compression;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Benchmarks.Transfer;

/// <summary>A run as the evaluation sees it: what the user said, which tools were called to good effect, and its episodes.</summary>
/// <param name="Characters">Of all messages, arguments and results.</param>
internal sealed record TransferRun(
    string Id, string Source, string Task, bool Succeeded, string Request, string Said, IReadOnlySet<string> Tools, IReadOnlySet<string> Effects, int Characters,
    IReadOnlyList<(string FamilyId, string Environment, MinedEpisode Episode)> Episodes)
{
    /// <summary>The runs of result files, plain or gzip, that have a verified outcome.</summary>
    /// <param name="tasks">Only these; null: all.</param>
    public static IReadOnlyList<TransferRun> Read(IEnumerable<string> paths, IReadOnlySet<string>? tasks) =>
        [.. paths.Order(StringComparer.Ordinal)
            .SelectMany(path => AdapterCatalogue.Read(Bytes(path), null, new AdapterOptions(null, tasks)))
            .Select(parsed => parsed.Try(out var cloudEvent, out _) && TrajectoryReader.Read(cloudEvent).Try(out var trajectory, out _) ? trajectory : null)
            .OfType<Trajectory>().Where(t => t.Outcome.IsVerifiedSuccess || t.Outcome.IsVerifiedFailure).Select(Of)];

    private static TransferRun Of(Trajectory trajectory)
    {
        var id = TrajectoryRecord.IdOf(trajectory.Source, trajectory.Id);
        var environment = EpisodeSplitter.EnvironmentOf(trajectory);
        var said = trajectory.Steps.Where(s => s.Source == StepSource.User).Select(s => s.Message).ToList();
        var calls = trajectory.Steps.Where(s => s.Source == StepSource.Agent).SelectMany(s => s.Calls).ToList();
        var tools = calls.Where(c => c.Result is { IsError: false }).Select(c => c.Tool).ToHashSet(StringComparer.Ordinal);
        var episodes = EpisodeKinds.Of(trajectory);
        return new(
            id, trajectory.Source, trajectory.Task, trajectory.Outcome.IsVerifiedSuccess, episodes.Count > 0 ? episodes[0].Asked : "", string.Join('\n', said), tools,
            episodes.Where(e => e.Kind == SkillKind.Functional && e.EffectCalls.Any(c => !c.Failed && c.Arguments.Any(a => a.Source != ValueSource.Chosen))).Select(e => e.Effect).ToHashSet(StringComparer.Ordinal),
            trajectory.Steps.Sum(s => s.Message.Length) + calls.Sum(c => c.Arguments.ToJsonString().Length + (c.Result?.Content.Length ?? 0)),
            [.. episodes.Select(e => (EpisodeKinds.FamilyOf(environment, e), environment, new MinedEpisode(Evidence(trajectory, id, environment, e), e)))]);
    }

    private static FamilyEvent.EvidenceAdmitted Evidence(Trajectory trajectory, string id, string environment, Episode episode)
    {
        var reference = EpisodeSplitter.ReferenceOf(id, environment, episode);
        return new()
        {
            EvidenceId = reference.EvidenceId,
            TrajectoryId = id,
            Source = trajectory.Source,
            Task = trajectory.Task,
            Model = trajectory.Model,
            FirstStep = episode.FirstStep,
            LastStep = episode.LastStep,
            Outcome = trajectory.Outcome,
            Sketch = new([], 0, 0, reference.EvidenceId),
            Loaded = [],
            Taint = [],
        };
    }

    private static byte[] Bytes(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes is not [0x1f, 0x8b, ..]) return bytes;
        using var unpacked = new MemoryStream();
        using (var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress)) packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
