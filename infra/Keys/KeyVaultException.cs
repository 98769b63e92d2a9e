namespace Pipeline.Infra.Keys;

/// <summary>Key Vault refused, or cannot be reached; the message says what to do, and quotes no secret.</summary>
public sealed class KeyVaultException(string message, Exception? inner = null) : Exception(message, inner);
