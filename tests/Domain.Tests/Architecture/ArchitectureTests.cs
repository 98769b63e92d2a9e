using System.Xml.Linq;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Tests.Architecture;

/// <summary>`domain` knows nobody, `infra` knows `domain`, `functions` knows both.</summary>
public sealed class ArchitectureTests
{
    private const int LongestFile = 400;

    [Fact]
    public void The_domain_refers_to_the_framework_alone_and_to_nothing_outside_of_it() =>
        Purity.Violations(typeof(Skill).Assembly.Location).ShouldBeEmpty();

    // These tests read files, ask the clock and refer to packages: all that the rule forbids.
    [Fact]
    public void The_check_of_the_domain_finds_what_breaks_the_rule()
    {
        _ = (TimeProvider.System, Guid.NewGuid(), DateTimeOffset.UtcNow, Environment.ProcessId);

        var found = Purity.Violations(typeof(ArchitectureTests).Assembly.Location);

        string[] broken =
        [
            "Pipeline.Domain", "xunit.v3.core", "FsCheck", "System.IO.File", "System.IO.DirectoryInfo", "System.Random", "System.AppContext.get_BaseDirectory",
            "System.TimeProvider.get_System", "System.Guid.NewGuid", "System.DateTimeOffset.get_UtcNow",
            "System.Environment.get_ProcessId",
        ];
        broken.Except(found).ShouldBeEmpty();
        found.ShouldNotContain("System.Linq");
    }

    [Theory]
    [InlineData("domain")]
    [InlineData("infra", "domain")]
    [InlineData("functions", "domain", "infra")]
    public void A_project_refers_to_those_beneath_it(string project, params string[] beneath) =>
        Items(project, "ProjectReference").Select(p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/'))).ShouldBe(beneath, ignoreOrder: true);

    [Fact]
    public void The_domain_has_no_package()
    {
        Items("domain", "PackageReference").ShouldBeEmpty();
        Items("domain", "Reference").ShouldBeEmpty();
        Items("domain", "FrameworkReference").ShouldBeEmpty();
        Items("infra", "PackageReference").ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("domain")]
    [InlineData("infra")]
    [InlineData("functions")]
    public void A_file_is_one_idea(string project) => Sources(project).Where(f => f.Lines.Length > LongestFile)
        .Select(f => $"{f.Name} has {f.Lines.Length} lines, and {LongestFile} are the most").ShouldBeEmpty();

    [Fact]
    public void The_sources_that_are_checked_are_there() => Sources("domain").Select(f => f.Name).ShouldContain("domain/Skills/Skill.cs");

    private static IEnumerable<(string Name, string[] Lines)> Sources(string project) => Repository.Sources(project)
        .Select(f => (Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'), File.ReadAllLines(f)));

    private static IEnumerable<string> Items(string project, string kind) => XDocument.Load(Repository.Path(project, $"{project}.csproj"))
        .Descendants(kind).Select(e => e.Attribute("Include")!.Value);
}
