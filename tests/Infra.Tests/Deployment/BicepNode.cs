namespace Pipeline.Infra.Tests.Deployment;

/// <summary>A node of a bicep file's syntax tree, as tree-sitter-bicep names it.</summary>
/// <param name="Field">What the node is to its parent, where the grammar says.</param>
/// <param name="Text">Given for leaves and for strings.</param>
internal sealed record BicepNode(string Type, int Line, string? Field = null, string? Text = null, IReadOnlyList<BicepNode>? Children = null)
{
    public IReadOnlyList<BicepNode> Parts => Children ?? [];

    /// <summary>This node and all below it.</summary>
    public IEnumerable<BicepNode> All() => Parts.SelectMany(part => part.All()).Prepend(this);

    /// <summary>Of a declaration: what it is called.</summary>
    public string Name => Parts.First(part => part.Type == "identifier").Text!;

    /// <summary>Of a string: what is between the quotes, placeholders included.</summary>
    public string Value => Text!.Trim('\'');

    /// <summary>Of a property: its name, quoted or not.</summary>
    public string Key => Parts[0].Text!.Trim('\'');

    /// <summary>The properties of an object, or of the object that a declaration's body or loop has.</summary>
    public IEnumerable<BicepNode> Properties => Type switch
    {
        "object" => Parts.Where(part => part.Type == "object_property"),
        "for_statement" or "if_statement" or "resource_declaration" or "module_declaration" =>
            Parts.LastOrDefault(part => part.Type is "object" or "for_statement" or "if_statement")?.Properties ?? [],
        _ => [],
    };

    /// <summary>What a property is set to; null where there is none of that name.</summary>
    public BicepNode? this[string key] => Properties.FirstOrDefault(property => property.Key == key)?.Parts[1];
}
