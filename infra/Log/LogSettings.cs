using Pipeline.Infra.Blobs;
using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Log;

/// <summary>Where the log's last checkpoint and its keys are, and what it is called; from the section <c>Log</c> of the configuration.</summary>
/// <param name="CheckpointFile">Empty: in the home, or in a blob.</param>
/// <param name="CheckpointBlob">Null: in a file.</param>
/// <param name="KeyFolder">Empty: in the vault where one is named, else in the home.</param>
/// <param name="Origin">Empty: a name of its own.</param>
public sealed record LogSettings(string CheckpointFile, (BlobContainerOptions Container, string Blob)? CheckpointBlob, string KeyFolder, string Origin)
{
    /// <summary>The section: <c>Log:Checkpoint</c>, as a variable <c>Log__Checkpoint</c>.</summary>
    public const string Section = "Log";

    /// <param name="settings">Names without the section's; empty ones count as not given.</param>
    /// <exception cref="StorageConfigurationException">They cannot be used.</exception>
    public static LogSettings Read(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var reader = new SettingReader(Section, settings);
        _ = reader.Text(BlobContainerOptions.DevelopmentKeyName);
        var checkpoint = reader.Text("Checkpoint");
        var isAddress = checkpoint.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || checkpoint.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        var read = new LogSettings(isAddress ? "" : checkpoint, isAddress ? BlobContainerOptions.ReadBlob(reader, "Checkpoint") : null, reader.Text("Keys"), reader.Text("Origin"));
        StorageConfigurationException.ThrowIfAny(reader.Problems);
        return read;
    }
}
