using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>Makes events of what a platform already writes. A run that cannot be read is refused by itself; the others stand.</summary>
public interface ITrajectoryAdapter
{
    /// <summary>What <c>--format</c> calls it.</summary>
    string Name { get; }

    /// <summary>By content, never by file name, and cheaply: from the first members.</summary>
    bool Recognises(JsonElement root);

    /// <summary>A line of this kind is a part of a run: a file of them is read as one document, the array of its lines.</summary>
    bool RecognisesPart(JsonElement line) => false;

    /// <summary>The events of a document, made one by one as they are asked for.</summary>
    IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options);
}

/// <param name="Source">Names the source in place of what the file says.</param>
/// <param name="TaskIds">Only these tasks; what names no task is then left out. Null: all.</param>
public sealed record AdapterOptions(string? Source = null, IReadOnlySet<string>? TaskIds = null)
{
    public static AdapterOptions Default { get; } = new();

    internal bool Keeps(string? task) => TaskIds is null || (task is not null && TaskIds.Contains(task));
}
