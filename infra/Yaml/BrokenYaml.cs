using YamlDotNet.Core;

namespace Pipeline.Infra.Yaml;

/// <summary>What YamlDotNet throws at broken text: mostly its own exception, and on some texts what its scanner ran into.</summary>
internal static class BrokenYaml
{
    public static bool Is(Exception e) =>
        e is YamlException or InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException or EndOfStreamException;

    public static string Reason(Exception e) => e is YamlException yaml ? $"line {yaml.Start.Line}: {e.InnerException?.Message ?? e.Message}" : "it is no YAML";
}
