namespace Pipeline.Infra.Payloads;

/// <summary>Holds the key that wraps data keys: a file on a laptop, a vault in the cloud. It never hands that key out.</summary>
public interface IKeyProvider
{
    /// <param name="dataKey">32 bytes.</param>
    ValueTask<byte[]> WrapAsync(ReadOnlyMemory<byte> dataKey, CancellationToken cancellationToken);

    /// <exception cref="KeyProviderException">It was wrapped under another key, or altered since.</exception>
    ValueTask<byte[]> UnwrapAsync(ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken);
}

/// <summary>The wrapping key is not there, or not the right one; the message says which one is wanted and what to do.</summary>
public sealed class KeyProviderException(string message, Exception? inner = null) : Exception(message, inner);
