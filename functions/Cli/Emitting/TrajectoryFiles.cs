using System.Runtime.CompilerServices;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Emitting;

/// <summary>An event of a file, or why there is none.</summary>
internal sealed record FileEvent(InputFile File, Parsed<CloudEvent> Parsed);

/// <summary>Reads trajectory files, one after the other, in order: what is learned must not depend on which file was faster.</summary>
/// <param name="verdicts">Outcomes that are kept apart from the runs.</param>
internal sealed class TrajectoryFiles(string format, AdapterOptions options, Verdicts? verdicts, Func<Stream> openInput)
{
    /// <summary>A file that cannot be read gives one refusal; the others go on.</summary>
    public async IAsyncEnumerable<FileEvent> ReadAsync(IEnumerable<InputFile> files, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var file in files)
        {
            var (bytes, error) = await BytesAsync(file, ct);
            if (error is not null)
            {
                yield return new(file, error);
                continue;
            }

            var result = await ResultAsync(file, ct);
            foreach (var parsed in AdapterCatalogue.Read(bytes, format, options))
                yield return new(file, parsed.Then<CloudEvent>(e => WithOutcome(e, result)));
        }
    }

    private CloudEvent WithOutcome(CloudEvent run, RolloutResult? result)
    {
        var told = result?.On(run) ?? run;
        return verdicts?.On(told) ?? told;
    }

    private async Task<RolloutResult?> ResultAsync(InputFile file, CancellationToken ct)
    {
        if (file.IsInput || RolloutFolders.ResultOf(file.Path) is not { } path) return null;
        var (bytes, error) = await BytesAsync(new(path), ct);
        return error is null && StrictJson.Parse(bytes).Try(out var document, out _) ? RolloutResult.Of(document) : null;
    }

    private async Task<(byte[] Bytes, InputError? Error)> BytesAsync(InputFile file, CancellationToken ct)
    {
        try
        {
            return (await FileBytes.ReadAsync(file, openInput, ct), null);
        }
        catch (IOException e)
        {
            return ([], new InputError("file-unreadable", $"The file cannot be read: {e.Message.TrimEnd('.')}."));
        }
    }
}
