using System.Reflection;

namespace Pipeline.Functions.Hosting;

/// <summary>Which program decided, as events cite it.</summary>
public static class ProgramVersion
{
    public static string Number { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', 2)[0] ?? "0.0.0";

    public static string Name { get; } = $"pipeline/{Number}";
}
