using Pipeline.Infra.Blobs;

namespace Pipeline.Infra.Payloads;

/// <summary>Payloads as blobs, a folder for each data subject. A payload is written and read whole: it is encrypted and authenticated as a whole, and no
/// larger than a request.</summary>
public sealed class BlobPayloadStore(BlobContainer container, PayloadNames names) : IPayloadStore
{
    private static readonly ParallelOptions s_some = new() { MaxDegreeOfParallelism = 8 };

    /// <exception cref="BlobStorageException">From every method: the service refused, or cannot be reached.</exception>
    public async Task PutAsync(IReadOnlyList<EncryptedPayload> payloads, CancellationToken cancellationToken = default)
    {
        if (payloads.Count == 0) return;
        var named = await names.ReadAsync(cancellationToken);
        // Where something lies already, it stays.
        await Parallel.ForEachAsync(payloads, With(cancellationToken), async (payload, ct) => await container.PutAsync(named.BlobOf(payload.Subject, payload.Place), payload.Body, null, ct));
    }

    public async Task<byte[]?> GetAsync(DataSubject subject, string place, CancellationToken cancellationToken = default) =>
        (await container.ReadAsync((await names.ReadAsync(cancellationToken)).BlobOf(subject, place), cancellationToken))?.Content;

    public async Task<bool> DeleteAsync(DataSubject subject, string place, CancellationToken cancellationToken = default) =>
        await container.DeleteAsync((await names.ReadAsync(cancellationToken)).BlobOf(subject, place), null, cancellationToken);

    public async Task<int> DeleteAsync(DataSubject subject, CancellationToken cancellationToken = default)
    {
        var deleted = 0;
        var folder = (await names.ReadAsync(cancellationToken)).FolderOf(subject);
        await foreach (var page in container.ListAsync(folder, ct: cancellationToken))
            await Parallel.ForEachAsync(page, With(cancellationToken), async (name, ct) =>
            {
                if (await container.DeleteAsync(name, null, ct)) Interlocked.Increment(ref deleted);
            });
        return deleted;
    }

    private static ParallelOptions With(CancellationToken ct) => new() { MaxDegreeOfParallelism = s_some.MaxDegreeOfParallelism, CancellationToken = ct };
}
