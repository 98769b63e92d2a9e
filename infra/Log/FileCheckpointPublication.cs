using System.Globalization;
using System.Text;

namespace Pipeline.Infra.Log;

/// <summary>The last checkpoint in a file, for whoever watches the log to take away.</summary>
public sealed class FileCheckpointPublication(string path, TimeProvider time) : ICheckpointPublication
{
    public string Path { get; } = path;

    public async ValueTask<byte[]?> ReadAsync(CancellationToken ct)
    {
        try
        {
            return await File.ReadAllBytesAsync(Path, ct);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public async ValueTask WriteAsync(string note, CancellationToken ct)
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
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }

    public ValueTask<string> MoveAsideAsync(CancellationToken ct)
    {
        var aside = $"{Path}.{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture)}";
        File.Move(Path, aside, overwrite: false);
        return ValueTask.FromResult(aside);
    }
}
