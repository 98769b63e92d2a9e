namespace Pipeline.Infra.Payloads;

/// <summary>A store that took the place of another: what lay there is still read and deleted there.</summary>
/// <param name="now">Where everything goes.</param>
/// <param name="before">Where nothing is put any more.</param>
public sealed class SucceedingPayloadStore(IPayloadStore now, IPayloadStore before) : IPayloadStore
{
    public Task PutAsync(IReadOnlyList<EncryptedPayload> payloads, CancellationToken cancellationToken = default) => now.PutAsync(payloads, cancellationToken);

    public async Task<byte[]?> GetAsync(DataSubject subject, string place, CancellationToken cancellationToken = default) =>
        await now.GetAsync(subject, place, cancellationToken) ?? await before.GetAsync(subject, place, cancellationToken);

    public async Task<bool> DeleteAsync(DataSubject subject, string place, CancellationToken cancellationToken = default) =>
        await before.DeleteAsync(subject, place, cancellationToken) | await now.DeleteAsync(subject, place, cancellationToken);

    public async Task<int> DeleteAsync(DataSubject subject, CancellationToken cancellationToken = default) =>
        await before.DeleteAsync(subject, cancellationToken) + await now.DeleteAsync(subject, cancellationToken);
}
