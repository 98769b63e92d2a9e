using System.Text;
using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Tests.Security;

/// <summary>Small packages of our own making: <c>=== class: name</c> begins one, <c>--- path</c> a file of it, SKILL.md where none is named.</summary>
internal static class SecurityFixtures
{
    public static IReadOnlyList<(string Name, IReadOnlyList<PackageFile> Files)> Read(string name)
    {
        using var stream = typeof(SecurityFixtures).Assembly.GetManifestResourceStream($"security.{name}.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return [.. reader.ReadToEnd().Split("=== ", StringSplitOptions.RemoveEmptyEntries).Select(Package)];
    }

    private static (string, IReadOnlyList<PackageFile>) Package(string text)
    {
        var lines = text.Split('\n');
        var (files, path) = (new Dictionary<string, StringBuilder>(StringComparer.Ordinal), "SKILL.md");
        foreach (var line in lines.Skip(1))
        {
            if (line.StartsWith("--- ", StringComparison.Ordinal)) path = line[4..];
            else (files.TryGetValue(path, out var file) ? file : files[path] = new()).Append(line).Append('\n');
        }
        return (lines[0], [.. files.Select(f => new PackageFile(f.Key, PackageFile.Regular, Encoding.UTF8.GetBytes(f.Value.ToString())))]);
    }
}
