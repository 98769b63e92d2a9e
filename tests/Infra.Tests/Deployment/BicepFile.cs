using System.Text.Json;

namespace Pipeline.Infra.Tests.Deployment;

/// <summary>A bicep file, read.</summary>
internal sealed record BicepFile(string Path, BicepNode Root)
{
    private static readonly JsonSerializerOptions Printed = new(JsonSerializerDefaults.Web) { MaxDepth = 256 };

    public string Name => System.IO.Path.GetFileName(Path);

    public IReadOnlyList<BicepNode> Parameters => Declared("parameter_declaration");
    public IReadOnlyList<BicepNode> Variables => Declared("variable_declaration");
    public IReadOnlyList<BicepNode> Resources => Declared("resource_declaration");
    public IReadOnlyList<BicepNode> Modules => Declared("module_declaration");
    public IReadOnlyList<BicepNode> Outputs => Declared("output_declaration");

    /// <summary>Parameters that have to be given: those without a default.</summary>
    public IEnumerable<string> Required => Parameters.Where(p => p.Parts.Count(part => part.Type is not ("identifier" or "comment")) == 1
        && p.Parts.Count(part => part.Type == "identifier") == 1).Select(p => p.Name);

    /// <summary>Resources of a type, whatever its version.</summary>
    public IEnumerable<BicepNode> Of(string type) => Resources.Where(r => TypeOf(r) == type);

    public static string TypeOf(BicepNode resource) => resource.Parts.First(part => part.Type == "string").Value.Split('@')[0];

    public static async Task<IReadOnlyList<BicepFile>> ReadAsync(IEnumerable<string> paths, CancellationToken ct) =>
        JsonSerializer.Deserialize<BicepFile[]>(await NodeTools.RunAsync("syntax.mjs", paths, ct), Printed)!;

    private BicepNode[] Declared(string type) => [.. Root.Parts.Where(part => part.Type == type)];
}
