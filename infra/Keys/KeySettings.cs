using Pipeline.Infra.Blobs;
using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Keys;

/// <summary>Where the master key and the log's keys are; from the section <c>Keys</c> of the configuration.</summary>
/// <param name="Vault">A Key Vault's address; null: files in the home.</param>
public sealed record KeySettings(Uri? Vault)
{
    /// <summary>The section: <c>Keys:Vault</c>, as a variable <c>Keys__Vault</c>.</summary>
    public const string Section = "Keys";

    /// <param name="settings">Names without the section's; empty ones count as not given.</param>
    /// <exception cref="StorageConfigurationException">They cannot be used.</exception>
    public static KeySettings Read(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var reader = new SettingReader(Section, settings);
        var vault = reader.Address(nameof(Vault), "https://my-vault.vault.azure.net");
        if (vault is not null && (vault.Scheme != Uri.UriSchemeHttps || vault.AbsolutePath != "/")) reader.Wrong(nameof(Vault), "is https and ends with the host's name, as in https://my-vault.vault.azure.net", 0);
        StorageConfigurationException.ThrowIfAny(reader.Problems);
        return new(vault);
    }
}
