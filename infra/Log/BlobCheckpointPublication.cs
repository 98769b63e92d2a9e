using System.Globalization;
using System.Text;
using Azure;
using Pipeline.Infra.Blobs;

namespace Pipeline.Infra.Log;

/// <summary>The last checkpoint in a blob, for whoever watches the log to take away. It is replaced only by who has read it as it is.</summary>
/// <param name="name">The blob's.</param>
public sealed class BlobCheckpointPublication(BlobContainer container, string name, TimeProvider time) : ICheckpointPublication
{
    /// <exception cref="BlobStorageException">From every method: the service refused, or cannot be reached.</exception>
    public async ValueTask<PublishedNote?> ReadAsync(CancellationToken ct) =>
        await container.ReadAsync(name, ct) is { } blob ? new(blob.Content, blob.State.ToString()) : null;

    public async ValueTask<bool> WriteAsync(string note, PublishedNote? over, CancellationToken ct)
    {
        var bytes = Encoding.UTF8.GetBytes(note);
        if (await container.PutAsync(name, bytes, over is null ? null : new ETag(over.State), ct) is not null) return true;
        // It may have been written, and only the answer been lost, so that it was sent again.
        return await container.ReadAsync(name, ct) is { } there && there.Content.AsSpan().SequenceEqual(bytes);
    }

    public async ValueTask<string> KeepAsync(PublishedNote note, CancellationToken ct)
    {
        var aside = $"{name}.{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture)}";
        // Where somebody keeps it at the same moment, it is kept.
        await container.PutAsync(aside, note.Bytes, null, ct);
        return aside;
    }

    public async ValueTask RemoveAsync(PublishedNote note, CancellationToken ct) => await container.DeleteAsync(name, new ETag(note.State), ct);
}
