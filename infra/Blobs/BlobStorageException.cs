namespace Pipeline.Infra.Blobs;

/// <summary>Blob Storage refused, or cannot be reached; the message says what to do, and quotes nothing of what was sent.</summary>
public sealed class BlobStorageException(string message, Exception? inner = null) : Exception(message, inner);
