namespace Pipeline.Infra.Payloads;

/// <summary>Where encrypted payloads lie. It knows no key.</summary>
public interface IPayloadStore
{
    /// <summary>Stores all of them. Where something lies already it stays: one place has one content.</summary>
    Task PutAsync(IReadOnlyList<EncryptedPayload> payloads, CancellationToken cancellationToken = default);

    /// <summary>Null when nothing lies there.</summary>
    Task<byte[]?> GetAsync(DataSubject subject, string place, CancellationToken cancellationToken = default);

    /// <summary>False when nothing lay there.</summary>
    Task<bool> DeleteAsync(DataSubject subject, string place, CancellationToken cancellationToken = default);

    /// <summary>Deletes what lies there of one subject, and says how many payloads that was.</summary>
    Task<int> DeleteAsync(DataSubject subject, CancellationToken cancellationToken = default);
}

public sealed record EncryptedPayload(DataSubject Subject, string Place, byte[] Body);
