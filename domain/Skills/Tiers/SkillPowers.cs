using System.Collections.Immutable;
using Pipeline.Domain.Validation.Spec;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a package can make an agent reach and do: hosts, commands, scripts and the tools it asks permission for. Told from its bytes;
/// what cannot be told counts as something new.</summary>
/// <param name="Names">E.g. <c>host example.org</c>, <c>command git push</c>, <c>permission Bash</c>.</param>
public sealed record SkillPowers(ImmutableSortedSet<string> Names)
{
    public static SkillPowers None { get; } = new(ImmutableSortedSet.Create<string>(StringComparer.Ordinal));

    /// <param name="frontmatter">Of the package's SKILL.md, as the specification reads it.</param>
    public static SkillPowers In(Package package, FrontmatterReading frontmatter)
    {
        var reading = new PowerReading();
        if (package.Files.FirstOrDefault(f => f.Path == Package.SkillFile) is { } skillFile) reading.AddFrontmatter(frontmatter, skillFile);
        foreach (var file in package.Files) reading.AddFile(file);
        return new(reading.IsFull
            ? ImmutableSortedSet.Create(StringComparer.Ordinal, $"more than {PowerReading.Most} hosts, commands and scripts ({package.Digest})")
            : reading.Names.ToImmutableSortedSet(StringComparer.Ordinal));
    }

    /// <summary>The hosts that files name, as <see cref="In"/> names them, in ordinal order; more than can be told is one more name.</summary>
    public static IReadOnlyList<string> HostsIn(IEnumerable<PackageFile> files)
    {
        var reading = new PowerReading();
        foreach (var file in files) reading.AddFile(file);
        var hosts = reading.Names.Where(n => n.StartsWith("host ", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return reading.IsFull ? [.. hosts, $"more than {PowerReading.Most} hosts, commands and scripts"] : [.. hosts];
    }

    public SkillPowers Beyond(SkillPowers others) => new(Names.Except(others.Names));

    public SkillPowers And(SkillPowers others) => new(Names.Union(others.Names));

    public SkillPowers Within(SkillPowers others) => new(Names.Intersect(others.Names));

    public bool Equals(SkillPowers? other) => other is not null && Names.SetEquals(other.Names);

    public override int GetHashCode() => Names.Count;
}
