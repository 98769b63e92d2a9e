using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Infra.Tests.Deployment;

/// <summary>The templates under infra/azure fit each other, the functions, and what is written about them.</summary>
public sealed partial class TemplateTests
{
    [Fact]
    public async Task Every_template_is_sound() => BicepChecks.Find(await TemplatesAsync()).ShouldBeEmpty();

    [Fact]
    public async Task Every_template_is_used()
    {
        var files = await TemplatesAsync();

        var called = files.SelectMany(file => file.Modules.Select(m => Path.GetFullPath(m.Parts.First(p => p.Type == "string").Value, Path.GetDirectoryName(file.Path)!)));

        files.Select(file => file.Path).Except(called).Select(Path.GetFileName).ShouldBe(["main.bicep"]);
    }

    [Fact]
    public async Task The_parameter_file_gives_the_parameters_that_there_are()
    {
        var main = MainOf(await TemplatesAsync());
        using var file = JsonDocument.Parse(TestSources.Read("infra", "azure", "main.parameters.json"));
        var given = file.RootElement.GetProperty("parameters").EnumerateObject().Select(p => p.Name).ToList();

        given.Except(main.Parameters.Select(p => p.Name)).ShouldBeEmpty();
        main.Required.Except(given).ShouldBeEmpty();
        // The tenant follows from the subscription.
        main.Parameters.Select(p => p.Name).Except(given).ShouldBe(["entraTenantId"]);
    }

    [Fact]
    public async Task A_default_in_the_parameter_file_is_the_templates_own()
    {
        var main = MainOf(await TemplatesAsync());
        using var file = JsonDocument.Parse(TestSources.Read("infra", "azure", "main.parameters.json"));

        foreach (var given in file.RootElement.GetProperty("parameters").EnumerateObject())
        {
            var value = given.Value.GetProperty("value").GetString()!;
            if (value.Split('=') is not [_, { } fallback]) continue;
            main.Parameters.Single(p => p.Name == given.Name).Parts[^1].Text!.Trim('\'').ShouldBe(fallback.TrimEnd('}'), given.Name);
        }
    }

    [Fact]
    public void Every_variable_of_the_parameter_file_is_documented()
    {
        var documented = TestSources.Read("docs", "deploy.md");

        foreach (Match variable in Variable().Matches(TestSources.Read("infra", "azure", "main.parameters.json")))
            documented.ShouldContain($"`{variable.Groups["name"].Value}`");
    }

    [Fact]
    public async Task Every_queue_that_a_function_names_is_made_and_no_other()
    {
        var queues = (await TemplatesAsync()).Single(f => f.Name == "servicebus.bicep").Variables.Single(v => v.Name == "queues");

        queues.Parts[1].Parts.Select(name => name.Value).Order(StringComparer.Ordinal).ShouldBe(Bindings()
            .Select(b => b.TryGetProperty("queueName", out var name) ? name.GetString()! : null).OfType<string>().Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_connection_that_a_function_names_is_set_by_identity()
    {
        var set = Settings((await TemplatesAsync()).Single(f => f.Name == "functionapp.bicep"));

        foreach (var connection in Bindings().Select(b => b.TryGetProperty("connection", out var name) ? name.GetString()! : null).OfType<string>().Distinct())
        {
            set.ShouldContain($"{connection}__fullyQualifiedNamespace");
            set.ShouldContain($"{connection}__credential");
            set.ShouldContain($"{connection}__clientId");
            set.ShouldNotContain(connection);
        }
    }

    [Fact]
    public async Task Every_setting_of_the_app_is_documented()
    {
        var documented = TestSources.Read("docs", "settings.md");

        foreach (var setting in Settings((await TemplatesAsync()).Single(f => f.Name == "functionapp.bicep")))
            documented.ShouldContain($"`{setting}`");
    }

    [Fact]
    public void Every_setting_that_the_program_reads_is_documented()
    {
        var documented = TestSources.Read("docs", "settings.md");
        var code = new[] { "functions", "infra" }.SelectMany(project => Directory.EnumerateFiles(TestSources.Path(project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")).Select(File.ReadAllText).ToList();

        var sections = code.SelectMany(text => Section().Matches(text)).Select(m => $"`{m.Groups["name"].Value}__");
        var variables = code.SelectMany(text => ReadVariable().Matches(text)).Select(m => $"`{m.Groups["name"].Value}`");
        var read = sections.Concat(variables).Distinct().ToList();

        read.ShouldContain("`Search__");
        read.ShouldContain("`PIPELINE_HOME`");
        read.Where(name => !documented.Contains(name, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    /// <summary>A row of the table whose last column is <c>yes</c> or a parameter is one that the template sets.</summary>
    [Fact]
    public async Task Every_setting_that_the_table_says_is_set_is_set()
    {
        var said = SettingRow().Matches(TestSources.Read("docs", "settings.md")).Where(row => row.Groups["set"].Value.Trim() is not ("" or "no"))
            .Select(row => row.Groups["name"].Value).ToList();

        said.ShouldNotBeEmpty();
        said.Except(Settings((await TemplatesAsync()).Single(f => f.Name == "functionapp.bicep"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_role_is_given_and_is_the_built_in_one_of_that_name()
    {
        var rbac = (await TemplatesAsync()).Single(f => f.Name == "rbac.bicep");
        var roles = rbac.Variables.Single(v => v.Name == "roles").Parts[1].Properties.ToDictionary(p => p.Key, p => p.Parts[1].Value);
        var given = rbac.Root.All().Where(n => n.Type == "member_expression" && n.Parts[0].Text == "roles").Select(n => n.Parts[1].Text!).Distinct();

        given.Order(StringComparer.Ordinal).ShouldBe(roles.Keys.Order(StringComparer.Ordinal));
        roles.ShouldBe(new Dictionary<string, string>
        {
            ["storageBlobDataOwner"] = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
            ["storageTableDataContributor"] = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
            ["serviceBusDataReceiver"] = "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
            ["serviceBusDataSender"] = "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
            ["keyVaultSecretsOfficer"] = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
            ["monitoringMetricsPublisher"] = "3913510d-42f4-4e42-8a64-420c390055eb",
            ["searchIndexDataContributor"] = "8ebe5a00-799e-43f5-93ac-243d3dce84a7",
            ["searchServiceContributor"] = "7ca78c08-252a-4471-8644-bb5ff32d4ba0",
        }, ignoreOrder: true);
    }

    private static BicepFile MainOf(IEnumerable<BicepFile> files) => files.Single(file => file.Name == "main.bicep");

    private static Task<IReadOnlyList<BicepFile>> TemplatesAsync() => BicepFile.ReadAsync(
        Directory.EnumerateFiles(TestSources.Path("infra", "azure"), "*.bicep", SearchOption.AllDirectories).Order(StringComparer.Ordinal),
        TestContext.Current.CancellationToken);

    private static List<JsonElement> Bindings() =>
        [.. Directory.EnumerateDirectories(TestSources.Path("functions")).Select(folder => Path.Combine(folder, "function.json")).Where(File.Exists)
            .SelectMany(path => JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("bindings").EnumerateArray())];

    /// <summary>The names in those variables that are joined into the app's settings.</summary>
    private static List<string> Settings(BicepFile app)
    {
        var joined = app.Resources.Single(r => r["name"]?.Text == "'appsettings'")["properties"]!.All().Where(n => n is { Type: "identifier", Field: not "function" })
            .Select(n => n.Text!).ToHashSet();
        return [.. app.Variables.Where(v => joined.Contains(v.Name)).SelectMany(v => v.All()).Where(n => n.Type == "object_property").Select(n => n.Key)];
    }

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();

    [GeneratedRegex("const string Section = \"(?<name>[A-Za-z]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Section();

    [GeneratedRegex("(?:const string [A-Za-z]*Variable = |GetEnvironmentVariable\\()\"(?<name>[A-Za-z_]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ReadVariable();

    [GeneratedRegex(@"^\| `(?<name>[A-Za-z0-9_]+)` \|.*\|(?<set>[^|]*)\|\s*$", RegexOptions.Multiline | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex SettingRow();
}
