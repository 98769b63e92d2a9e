using Pipeline.Infra.Blobs;
using Pipeline.Infra.Keys;
using Pipeline.Infra.Log;
using Pipeline.Infra.Payloads;

namespace Pipeline.Functions.Hosting;

/// <summary>Where this program's keys are: in a Key Vault where one is configured, else files in its home.</summary>
public static class ProgramKeys
{
    private static readonly IConfiguration s_environment = new ConfigurationBuilder().AddEnvironmentVariables().Build();

    /// <summary>The key that wraps data subjects' keys.</summary>
    /// <exception cref="StorageConfigurationException">The settings cannot be used.</exception>
    /// <exception cref="KeyProviderException">What is in the home is no such key.</exception>
    public static IKeyProvider Master(string home) => VaultIn(s_environment) is { } vault ? new VaultKeyProvider(vault, TimeProvider.System) : FileKeyProvider.Open(home);

    /// <summary>The keys that a program in this home would sign the log with.</summary>
    /// <exception cref="StorageConfigurationException">The settings cannot be used.</exception>
    public static ILogKeys OfLog(string home) => OfLog(LogSettings.Read(s_environment.Named(LogSettings.Section)), s_environment, home);

    internal static ILogKeys OfLog(LogSettings log, IConfiguration? configuration, string home) =>
        log.KeyFolder.Length > 0 ? new FileLogKeys(log.KeyFolder)
        : VaultIn(configuration) is { } vault ? new VaultLogKeys(vault)
        : FileLogKeys.Below(home);

    private static KeyVaultSecrets? VaultIn(IConfiguration? configuration) =>
        KeySettings.Read(configuration.Named(KeySettings.Section)).Vault is { } vault ? new(vault) : null;

    /// <summary>The settings of a section by name; none where there is no configuration.</summary>
    internal static IEnumerable<KeyValuePair<string, string?>> Named(this IConfiguration? configuration, string section) =>
        configuration?.GetSection(section).GetChildren().Select(setting => KeyValuePair.Create(setting.Key, setting.Value)) ?? [];
}
