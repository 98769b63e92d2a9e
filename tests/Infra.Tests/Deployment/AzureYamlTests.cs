using System.Text.Json;
using YamlDotNet.Serialization;

namespace Pipeline.Infra.Tests.Deployment;

/// <summary>azure.yaml: what azd does with this repository.</summary>
public sealed class AzureYamlTests
{
    private static readonly JsonElement Project = Read();

    [Fact]
    public async Task It_is_valid_by_the_published_schema()
    {
        var schema = await SchemaAsync();
        var folder = Directory.CreateTempSubdirectory("azure-yaml-").FullName;
        try
        {
            var document = Path.Combine(folder, "azure.json");
            await File.WriteAllTextAsync(document, Project.GetRawText(), TestContext.Current.CancellationToken);
            var broken = Path.Combine(folder, "broken.json");
            await File.WriteAllTextAsync(broken, Project.GetRawText().Replace("\"predeploy\"", "\"beforedeploy\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            var path = Path.Combine(folder, "schema.json");
            await File.WriteAllTextAsync(path, schema, TestContext.Current.CancellationToken);

            (await NodeTools.RunAsync("schema.mjs", [path, document], TestContext.Current.CancellationToken)).ShouldBeEmpty();
            (await NodeTools.RunAsync("schema.mjs", [path, broken], TestContext.Current.CancellationToken)).ShouldContain("beforedeploy");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Every_hook_is_a_script_that_can_be_run()
    {
        var hooks = Hooks(Project).Concat(Hooks(Project.GetProperty("services").GetProperty("pipeline"))).ToList();

        hooks.Select(hook => hook.Name).ShouldBe(["preprovision", "postprovision", "prepackage", "predeploy", "postdeploy"]);
        foreach (var (name, hook) in hooks)
        {
            var path = TestSources.Path(hook.GetProperty("run").GetString()!.Split('/'));
            hook.GetProperty("run").GetString().ShouldBe($"deploy/hooks/{name}.sh");
            File.ReadAllText(path).ShouldStartWith("#!/bin/sh\n");
            File.ReadAllText(path).ShouldContain("\nset -eu\n");
            // azd runs the file itself.
            if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue(name);
        }
    }

    [Fact]
    public void The_deployed_folder_is_the_one_that_the_hook_makes()
    {
        var service = Project.GetProperty("services").GetProperty("pipeline");

        service.GetProperty("host").GetString().ShouldBe("function");
        service.GetProperty("language").GetString().ShouldBe("custom");
        // azd takes dist from where it is run; with a project elsewhere that would be two folders.
        service.GetProperty("project").GetString().ShouldBe(".");
        TestSources.Read("deploy", "hooks", "prepackage.sh").ShouldContain($"mv dist/pipeline.new {service.GetProperty("dist").GetString()}\n");
    }

    [Fact]
    public void The_service_is_the_one_that_the_function_app_is_tagged_with() =>
        TestSources.Read("infra", "azure", "main.bicep").ShouldContain($"'azd-service-name': '{Project.GetProperty("services").EnumerateObject().Single().Name}'");

    [Fact]
    public void The_templates_are_where_it_says() =>
        File.Exists(TestSources.Path([.. Project.GetProperty("infra").GetProperty("path").GetString()!.Split('/'), $"{Project.GetProperty("infra").GetProperty("module").GetString()}.bicep"])).ShouldBeTrue();

    private static IEnumerable<(string Name, JsonElement Hook)> Hooks(JsonElement of) => of.GetProperty("hooks").EnumerateObject().Select(hook => (hook.Name, hook.Value));

    private static JsonElement Read()
    {
        var yaml = new DeserializerBuilder().Build().Deserialize(TestSources.Read("azure.yaml"));
        return JsonSerializer.Deserialize<JsonElement>(new SerializerBuilder().JsonCompatible().Build().Serialize(yaml));
    }

    /// <summary>The schema that the file names in its first line: of the shared data where they are, else from where it is published.</summary>
    private static async Task<string> SchemaAsync()
    {
        var address = TestSources.Read("azure.yaml").Split('\n')[0].Split("$schema=")[1].Trim();
        if (new[] { "..", "../.." }.Select(up => TestSources.Path(up, "shared", "data", "azd", "azure.yaml.json")).FirstOrDefault(File.Exists) is { } shared)
            return await File.ReadAllTextAsync(shared, TestContext.Current.CancellationToken);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            return await http.GetStringAsync(new Uri(address), TestContext.Current.CancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Skip($"The schema of azure.yaml can't be fetched from {address} here: {e.Message}");
            throw;
        }
    }
}
