using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Functions.Cli.Emitting;

/// <summary>What a dry run saw. The first four are there so that it reads as the result of a real one.</summary>
/// <param name="Events">How many would be sent.</param>
internal sealed record RehearsalResult(
    bool DryRun, int Accepted, int Recorded, int Duplicate, int Rejected, int Events, IReadOnlyList<RehearsedFile>? Files, IReadOnlyList<Rejection>? Rejections);

internal sealed record RehearsedFile(string Path, int Events, int Rejected, IReadOnlyList<string> Sources);

/// <summary>Reads as emitting does, sends nothing, and counts.</summary>
internal sealed class Rehearsal
{
    private readonly List<Rejection> rejections = [];
    private readonly List<(string Path, string? Source)> seen = [];

    public IReadOnlyList<Rejection> Rejections => rejections;

    public RehearsalResult Result => new(
        DryRun: true, Accepted: 0, Recorded: 0, Duplicate: 0, rejections.Count, seen.Count(s => s.Source is not null),
        [.. seen.GroupBy(s => s.Path).Select(file => new RehearsedFile(
            file.Key, file.Count(s => s.Source is not null), file.Count(s => s.Source is null),
            [.. file.Select(s => s.Source).OfType<string>().Distinct().Order(StringComparer.Ordinal)]))],
        rejections);

    public void Reject(string path, InputError error) => rejections.Add(new(path, "", error.Code, error.Message));

    public void Take(FileEvent fileEvent)
    {
        var path = fileEvent.File.Name;
        var error = fileEvent.Parsed switch
        {
            Parsed<CloudEvent>.Refused refused => refused.Error,
            Parsed<CloudEvent>.Ok { Value: { Type: EventTypes.Trajectory } trajectory } => ErrorOf(trajectory),
            _ => null,
        };
        if (error is not null) Reject(path, error);
        seen.Add((path, error is null ? ((Parsed<CloudEvent>.Ok)fileEvent.Parsed).Value.Source : null));
    }

    private static InputError? ErrorOf(CloudEvent trajectory) => (TrajectoryReader.Read(trajectory) as Parsed<Domain.Trajectories.Trajectory>.Refused)?.Error;
}
