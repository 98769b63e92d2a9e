using System.Globalization;
using System.Text;

namespace Pipeline.Infra.Log;

/// <summary>The last checkpoint in a file, for whoever watches the log to take away.</summary>
/// <remarks>Programs on one machine share it; a file cannot tell which of them wrote last.</remarks>
public sealed class FileCheckpointPublication(string path, TimeProvider time) : ICheckpointPublication
{
    public string Path { get; } = path;

    public async ValueTask<PublishedNote?> ReadAsync(CancellationToken ct)
    {
        try
        {
            return new(await File.ReadAllBytesAsync(Path, ct), "");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public async ValueTask<bool> WriteAsync(string note, PublishedNote? over, CancellationToken ct)
    {
        var aside = $"{Path}.{System.IO.Path.GetRandomFileName()}.new";
        try
        {
            await using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
            {
                await file.WriteAsync(Encoding.UTF8.GetBytes(note), ct);
                file.Flush(flushToDisk: true);
            }
            File.Move(aside, Path, overwrite: true);
            return true;
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }

    public async ValueTask<string> KeepAsync(PublishedNote note, CancellationToken ct)
    {
        var aside = $"{Path}.{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture)}";
        await using var file = new FileStream(aside, FileMode.Create, FileAccess.Write);
        await file.WriteAsync(note.Bytes, ct);
        file.Flush(flushToDisk: true);
        return aside;
    }

    public async ValueTask RemoveAsync(PublishedNote note, CancellationToken ct)
    {
        if (await ReadAsync(ct) is { } there && there.Bytes.AsSpan().SequenceEqual(note.Bytes)) File.Delete(Path);
    }
}
