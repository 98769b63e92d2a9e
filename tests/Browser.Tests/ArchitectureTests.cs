using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.Browser.Tests;

/// <summary>A page knows the read services, and nothing beneath.</summary>
public sealed class ArchitectureTests
{
    private static IEnumerable<string> Sources => Directory.EnumerateFiles(Path.Combine(Repository.Root, "functions", "Console"), "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".cs" or ".razor");

    [Fact]
    public void The_console_names_nothing_of_the_infrastructure() => Sources
        .Where(file => File.ReadAllText(file) is var text && (text.Contains("Pipeline.Infra", StringComparison.Ordinal) || text.Contains("Npgsql", StringComparison.Ordinal)))
        .Select(Path.GetFileName).ShouldBeEmpty();

    [Fact]
    public void Only_rendered_Markdown_is_markup_that_is_not_escaped() => Sources
        .Where(file => File.ReadAllText(file).Contains("MarkupString", StringComparison.Ordinal)).Select(Path.GetFileName).ShouldBe(["SafeMarkdown.cs"]);

    [Fact]
    public void No_page_has_a_style_or_a_script_of_its_own() => Sources.Where(file => Path.GetExtension(file) == ".razor")
        .Where(file => File.ReadAllText(file) is var text && (text.Contains(" style=", StringComparison.Ordinal) || text.Contains("<script", StringComparison.Ordinal) || text.Contains(" onclick", StringComparison.Ordinal)))
        .Select(Path.GetFileName).ShouldBeEmpty();
}
