using Pipeline.Infra.Yaml;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Pipeline.Infra.Policies;

/// <summary>What files of policies have in common: strict YAML, and problems that name their line.</summary>
internal static class PolicyYaml
{
    public static T Deserialize<T>(string yaml) where T : class
    {
        try
        {
            return new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithDuplicateKeyChecking().Build()
                .Deserialize<T>(yaml) ?? throw new PolicyFileException("the file is empty");
        }
        catch (Exception e) when (BrokenYaml.Is(e))
        {
            throw new PolicyFileException(BrokenYaml.Reason(e), e);
        }
    }

    public static void RefuseProblems(IEnumerable<string> problems, string text)
    {
        var placed = problems.Select(problem => Placed(problem, text)).ToList();
        if (placed.Count > 0) throw new PolicyFileException(string.Join("; ", placed));
    }

    // A problem begins with its parameter; where the file does not say that, it is about a default, and has no line.
    private static string Placed(string problem, string text)
    {
        var path = problem[..problem.IndexOf(' ', StringComparison.Ordinal)].Split('.');
        var (lines, at) = (text.Split('\n'), -1);
        foreach (var key in path)
        {
            var next = Array.FindIndex(lines, at + 1, line => line.TrimStart().StartsWith(key, StringComparison.Ordinal) && line.TrimStart()[key.Length..].TrimStart().StartsWith(':'));
            if (next < 0) break;
            at = next;
        }
        return at < 0 ? problem : $"line {at + 1}: {problem}";
    }
}
