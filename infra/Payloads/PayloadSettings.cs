using Pipeline.Infra.Blobs;
using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Payloads;

/// <summary>Where payloads go; from the section <c>Payloads</c> of the configuration.</summary>
/// <param name="Container">Null: the database.</param>
public sealed record PayloadSettings(BlobContainerOptions? Container)
{
    /// <summary>The section: <c>Payloads:Container</c>, as a variable <c>Payloads__Container</c>.</summary>
    public const string Section = "Payloads";

    /// <param name="settings">Names without the section's; empty ones count as not given.</param>
    /// <exception cref="StorageConfigurationException">They cannot be used.</exception>
    public static PayloadSettings Read(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var reader = new SettingReader(Section, settings);
        var read = new PayloadSettings(BlobContainerOptions.Read(reader, nameof(Container)));
        StorageConfigurationException.ThrowIfAny(reader.Problems);
        return read;
    }
}
