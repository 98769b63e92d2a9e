namespace Pipeline.Infra.Blobs;

/// <summary>The configuration of what is kept outside of the database (payloads, the checkpoint, keys) cannot be used; the message says which setting and why.</summary>
public sealed class StorageConfigurationException(string message) : Exception(message)
{
    /// <exception cref="StorageConfigurationException">There is any problem.</exception>
    public static void ThrowIfAny(IEnumerable<string> problems)
    {
        if (string.Join("; ", problems) is { Length: > 0 } all) throw new StorageConfigurationException(all);
    }
}
