using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Log;

/// <summary>Signs with one of the log's keys; the private half never leaves where it is.</summary>
public interface ILogSigner
{
    NoteKey Key { get; }

    /// <returns>A signature over the SHA-256 of the bytes, in DER.</returns>
    ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct);
}

/// <summary>Where the private halves of the log's keys are: files on a laptop, a vault in the cloud.</summary>
public interface ILogKeys
{
    /// <returns>Null when that key is not kept here.</returns>
    ValueTask<ILogSigner?> FindAsync(NoteKey key, CancellationToken ct);

    /// <summary>A new key on P-256. It signs nothing before the ledger knows it.</summary>
    /// <param name="nameOf">Makes the key's name from its public half.</param>
    ValueTask<ILogSigner> CreateAsync(Func<byte[], string> nameOf, CancellationToken ct);
}

/// <summary>A key of the log is not what it must be; the message says what to do.</summary>
public sealed class LogKeyException(string message, Exception? inner = null) : Exception(message, inner);
