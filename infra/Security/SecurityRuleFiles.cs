using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Domain.Validation.Security;
using Pipeline.Infra.Yaml;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Pipeline.Infra.Security;

/// <summary>Reads the rules of the security scan from YAML files that together are one ruleset. Unknown keys, expressions that are none, and
/// such as take more than linear time are refused with file, line and reason.</summary>
public static partial class SecurityRuleFiles
{
    /// <param name="files">By name; read in ordinal order of their names.</param>
    /// <exception cref="SecurityRuleFileException">They cannot be used; the message says where and why.</exception>
    public static SecurityRuleset Parse(IEnumerable<(string Name, string Yaml)> files)
    {
        var read = files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (f.Name, Content: Deserialize(f.Name, f.Yaml))).ToList();
        var heads = read.Where(f => f.Content.Id is not null).ToList();
        if (heads is not [var head]) throw new SecurityRuleFileException("exactly one of the files says id and version");
        var fragments = Fragments(read);
        var problems = new List<string>();
        foreach (var (name, content) in read) problems.AddRange(Patterns(content).Select(p => Problem(name, p, fragments)).OfType<string>());
        if (problems.Count > 0) throw new SecurityRuleFileException(string.Join("; ", problems));

        var places = read.SelectMany(f => (f.Content.Signals ?? []).Select(s => s.Id).Concat((f.Content.Rules ?? []).Select(r => r.Id)).OfType<PlacedText>().Select(id => (f.Name, id)))
            .GroupBy(p => p.id.Text, StringComparer.Ordinal).ToDictionary(g => g.Key, g => $"{g.Last().Name} line {g.Last().id.Line}", StringComparer.Ordinal);
        var rules = new SecurityRules(
            head.Content.Id!, head.Content.Version, Limits(head.Content.Limits), Thresholds(head.Content.Verdict),
            [.. read.SelectMany(f => f.Content.Signals ?? []).Select(s => s.ToSignal(fragments))],
            [.. read.SelectMany(f => f.Content.Rules ?? []).Select(r => r.ToRule(fragments))],
            [.. read.SelectMany(f => f.Content.Packages ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        problems.AddRange(rules.Problems().Select(p => places.TryGetValue(p[..Math.Max(0, p.IndexOf(' ', StringComparison.Ordinal))], out var place) ? $"{place}: {p}" : p));
        return problems.Count == 0 ? SecurityRuleset.Of(rules) : throw new SecurityRuleFileException(string.Join("; ", problems));
    }

    private static SecurityLimits Limits(LimitsContent? said) => said is null
        ? throw new SecurityRuleFileException("the file with the id says no limits")
        : new(said.Files, said.FileBytes, said.TotalBytes, said.Depth, said.Ratio, said.DecodedBytes);

    private static SecurityThresholds Thresholds(VerdictContent? said) => said is null
        ? throw new SecurityRuleFileException("the file with the id says no verdict")
        : new(said.FlagAt, said.Weights ?? [], said.Score, said.Classes);

    private static SortedDictionary<string, string> Fragments(IEnumerable<(string Name, Content Content)> files)
    {
        var fragments = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, content) in files)
            foreach (var (key, pattern) in content.Fragments ?? [])
                if (!fragments.TryAdd(key, $"({pattern.Text})")) throw new SecurityRuleFileException($"{name} line {pattern.Line}: the fragment {key} is there twice");
        return fragments;
    }

    private static IEnumerable<PlacedText> Patterns(Content content) =>
        (content.Signals ?? []).SelectMany(s => (s.Patterns ?? []).Concat(s.Unless ?? [])).Concat((content.Rules ?? []).SelectMany(r => (r.Patterns ?? []).Concat(r.Unless ?? [])));

    private static string? Problem(string file, PlacedText pattern, SortedDictionary<string, string> fragments)
    {
        var unknown = Reference().Matches(pattern.Text).Select(m => m.Groups["name"].Value).FirstOrDefault(name => !fragments.ContainsKey(name));
        var problem = unknown is not null ? $"there is no fragment {unknown}" : SecurityRules.PatternProblem(Filled(pattern.Text, fragments));
        return problem is null ? null : $"{file} line {pattern.Line}: {problem}";
    }

    internal static string Filled(string pattern, SortedDictionary<string, string> fragments) =>
        Reference().Replace(pattern, m => fragments.GetValueOrDefault(m.Groups["name"].Value, m.Value));

    private static Content Deserialize(string name, string yaml)
    {
        try
        {
            return new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithEnumNamingConvention(HyphenatedNamingConvention.Instance)
                .WithDuplicateKeyChecking().Build().Deserialize<Content>(yaml) ?? throw new SecurityRuleFileException($"{name}: the file is empty");
        }
        catch (Exception e) when (BrokenYaml.Is(e))
        {
            throw new SecurityRuleFileException($"{name} {BrokenYaml.Reason(e)}", e);
        }
    }

    [GeneratedRegex(@"\{\{(?<name>[a-z-]+)\}\}", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}

/// <summary>The rules that the program comes with.</summary>
public static class ShippedSecurityRules
{
    private const string Folder = "rules.security.";

    private static readonly Lazy<SecurityRuleset> Loaded = new(() => SecurityRuleFiles.Parse(Files()));

    public static SecurityRuleset Ruleset => Loaded.Value;

    internal static IEnumerable<(string Name, string Yaml)> Files()
    {
        var assembly = typeof(ShippedSecurityRules).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
            yield return (name[Folder.Length..], reader.ReadToEnd());
        }
    }
}

public sealed class SecurityRuleFileException(string reason, Exception? inner = null) : Exception($"the security rules cannot be used: {reason}", inner);
