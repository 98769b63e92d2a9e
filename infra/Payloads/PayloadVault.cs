using Pipeline.Domain.Trajectories;

namespace Pipeline.Infra.Payloads;

/// <summary>Keeps the text of runs under the keys of those whom it is about, and gives out references that say nothing of it.</summary>
/// <remarks>The same content of the same subject has the same digest and place, so storing it again changes nothing.</remarks>
public sealed class PayloadVault(SubjectKeys keys, IPayloadStore store)
{
    /// <param name="canonicalJson">Redacted already.</param>
    public async Task<PayloadStored> StoreAsync(
        string tenant, string subject, ReadOnlyMemory<byte> canonicalJson, CancellationToken cancellationToken = default) =>
        (await StoreAsync([new(new(tenant, subject), canonicalJson)], cancellationToken))[0];

    /// <summary>Stores them all in one round trip (two where a subject's key is not in memory); answers stand in the order of what was given.</summary>
    public async Task<IReadOnlyList<PayloadStored>> StoreAsync(
        IReadOnlyList<PayloadToStore> payloads, CancellationToken cancellationToken = default)
    {
        var found = await keys.GetOrCreateAsync(payloads.Select(p => p.Subject), cancellationToken);
        var answers = new PayloadStored[payloads.Count];
        var encrypted = new EncryptedPayload?[payloads.Count];
        Parallel.For(0, payloads.Count, new() { CancellationToken = cancellationToken }, i =>
        {
            var (subject, content) = payloads[i];
            if (!found.TryGetValue(subject, out var key))
            {
                answers[i] = new PayloadStored.SubjectErased();
                return;
            }
            var digest = key.DigestOf(content.Span);
            var place = PlaceOf(digest);
            answers[i] = new PayloadStored.At(new(digest, content.Length, place));
            encrypted[i] = new(subject, place, PayloadCipher.Seal(key, place, content.Span));
        });
        await store.PutAsync([.. encrypted.OfType<EncryptedPayload>()], cancellationToken);
        return answers;
    }

    /// <summary>Reads a payload back and checks it against the digest that the ledger holds.</summary>
    public async Task<PayloadLoaded> LoadAsync(
        string tenant, string subject, PayloadReference reference, CancellationToken cancellationToken = default)
    {
        switch (await keys.FindAsync(new DataSubject(tenant, subject), cancellationToken))
        {
            case SubjectKeyState.Destroyed:
                return new PayloadLoaded.Erased();
            case SubjectKeyState.Found { Key: var key }:
                if (await store.GetAsync(new(tenant, subject), reference.Place, cancellationToken) is not { } body) return new PayloadLoaded.Missing();
                return PayloadCipher.Open(key, reference.Place, body) is { } content && key.DigestOf(content) == reference.Digest
                    ? new PayloadLoaded.Content(content)
                    : new PayloadLoaded.Altered();
            default:
                return new PayloadLoaded.Missing();
        }
    }

    /// <summary>Encrypts something that lies elsewhere (a message on a queue) under its subject's key; null when the subject was erased.</summary>
    /// <param name="purpose">What it is for; it opens for no other.</param>
    public async Task<byte[]?> SealAsync(
        DataSubject subject, string purpose, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        (await keys.GetOrCreateAsync([subject], cancellationToken)).TryGetValue(subject, out var key)
            ? PayloadCipher.Seal(key, purpose, content.Span)
            : null;

    /// <summary>A digest of the content under its subject's key: the same each time, unlike what <see cref="SealAsync"/> makes. Null when the subject was erased.</summary>
    public async Task<string?> DigestAsync(DataSubject subject, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        (await keys.GetOrCreateAsync([subject], cancellationToken)).TryGetValue(subject, out var key) ? key.DigestOf(content.Span) : null;

    /// <summary>Opens what <see cref="SealAsync"/> made.</summary>
    public async Task<PayloadLoaded> OpenAsync(
        DataSubject subject, string purpose, ReadOnlyMemory<byte> sealedBytes, CancellationToken cancellationToken = default) =>
        await keys.FindAsync(subject, cancellationToken) switch
        {
            SubjectKeyState.Destroyed => new PayloadLoaded.Erased(),
            SubjectKeyState.Found { Key: var key } when PayloadCipher.Open(key, purpose, sealedBytes.Span) is { } content => new PayloadLoaded.Content(content),
            SubjectKeyState.Found => new PayloadLoaded.Altered(),
            _ => new PayloadLoaded.Missing(),
        };

    /// <summary>Destroys the subject's key, then deletes what lies under it. False when there was no key, or none any more.</summary>
    /// <remarks>The key first: from then on nothing can be read, whatever becomes of the deletion.</remarks>
    public async Task<bool> EraseAsync(DataSubject subject, CancellationToken cancellationToken = default)
    {
        var destroyed = await keys.DestroyAsync(subject, cancellationToken);
        await store.DeleteAsync(subject, cancellationToken);
        return destroyed;
    }

    private static string PlaceOf(string digest) => $"payload/{digest[(digest.IndexOf(':', StringComparison.Ordinal) + 1)..]}";
}

/// <param name="CanonicalJson">Redacted already.</param>
public sealed record PayloadToStore(DataSubject Subject, ReadOnlyMemory<byte> CanonicalJson);

/// <summary>What became of storing a payload.</summary>
public abstract record PayloadStored
{
    private PayloadStored() { }

    public sealed record At(PayloadReference Reference) : PayloadStored;

    /// <summary>The subject's key was destroyed; nothing is taken in under that name any more.</summary>
    public sealed record SubjectErased : PayloadStored;
}

/// <summary>What there is of a payload.</summary>
public abstract record PayloadLoaded
{
    private PayloadLoaded() { }

    public sealed record Content(byte[] CanonicalJson) : PayloadLoaded;

    /// <summary>The subject's key was destroyed.</summary>
    public sealed record Erased : PayloadLoaded;

    /// <summary>Nothing lies there, and nobody erased it.</summary>
    public sealed record Missing : PayloadLoaded;

    /// <summary>What lies there is not what the reference says.</summary>
    public sealed record Altered : PayloadLoaded;
}
