using System.Text.RegularExpressions;

namespace Pipeline.Infra.Tests.Deployment;

/// <summary>What must hold of the templates, and a parser can see. Each finding names file and line.</summary>
internal static partial class BicepChecks
{
    private static readonly string[] Functions =
    [
        "union", "empty", "guid", "uniqueString", "toLower", "subscription", "tenant", "environment", "subscriptionResourceId", "resourceId", "json",
        "concat", "format", "length", "contains", "take", "replace", "resourceGroup",
    ];

    /// <summary>Types that have a way in beside identity: the property that closes it.</summary>
    private static readonly (string Type, string[] Property, string Value)[] LocalAccess =
    [
        ("Microsoft.Storage/storageAccounts", ["properties", "allowSharedKeyAccess"], "false"),
        ("Microsoft.Storage/storageAccounts", ["properties", "allowBlobPublicAccess"], "false"),
        ("Microsoft.ServiceBus/namespaces", ["properties", "disableLocalAuth"], "true"),
        ("Microsoft.Search/searchServices", ["properties", "disableLocalAuth"], "true"),
        ("Microsoft.Insights/components", ["properties", "DisableLocalAuth"], "true"),
        ("Microsoft.KeyVault/vaults", ["properties", "enableRbacAuthorization"], "true"),
        ("Microsoft.DBforPostgreSQL/flexibleServers", ["properties", "authConfig", "passwordAuth"], "'Disabled'"),
        ("Microsoft.DBforPostgreSQL/flexibleServers", ["properties", "authConfig", "activeDirectoryAuth"], "'Enabled'"),
        ("Microsoft.Web/sites/basicPublishingCredentialsPolicies", ["properties", "allow"], "false"),
    ];

    public static IEnumerable<string> Find(IReadOnlyList<BicepFile> files) =>
        files.SelectMany(file => Syntax(file).Concat(Secrets(file)).Concat(Access(file)).Concat(Names(file)).Concat(Modules(file, files)));

    private static IEnumerable<string> Syntax(BicepFile file) =>
        file.Root.All().Where(node => node.Type is "ERROR" or "MISSING").Select(node => At(file, node, $"is no bicep: {node.Text ?? node.Parts[0].Text}"));

    private static IEnumerable<string> Secrets(BicepFile file)
    {
        foreach (var node in file.Root.All())
        {
            if (node is { Type: "identifier" or "property_identifier" } && Listing().IsMatch(node.Text!)) yield return At(file, node, $"{node.Text} hands out keys");
            if (node.Type == "string" && SecretText().IsMatch(node.Text!)) yield return At(file, node, "a connection string with a secret");
            if (node.Type == "decorator" && node.All().Any(part => part.Text == "secure")) yield return At(file, node, "a secret parameter");
            if (node.Type is "parameter_declaration" or "object_property" && SecretName().IsMatch(node.Parts[0].Text!) && node.Parts[0].Text is not ("passwordAuth" or "clientSecretSettingName"))
                yield return At(file, node, $"{node.Parts[0].Text} is a secret");
        }
    }

    private static IEnumerable<string> Access(BicepFile file) =>
        from resource in file.Resources
        where resource["location"] is not null || resource["parent"] is not null
        from rule in LocalAccess
        where BicepFile.TypeOf(resource) == rule.Type
        where rule.Property.Aggregate((BicepNode?)resource, (node, key) => node?[key])?.Text != rule.Value
        select At(file, resource, $"{resource.Name}: {string.Join('.', rule.Property)} is not {rule.Value}");

    /// <summary>Every name that is used is declared, and every parameter and variable that is declared is used.</summary>
    private static IEnumerable<string> Names(BicepFile file)
    {
        var declarations = file.Parameters.Concat(file.Variables).Concat(file.Resources).Concat(file.Modules).ToList();
        foreach (var twice in declarations.GroupBy(d => d.Name).Where(g => g.Count() > 1)) yield return At(file, twice.Last(), $"{twice.Key} is declared twice");
        var declared = declarations.Select(d => d.Name).ToHashSet();
        var loops = file.Root.All().Where(n => n is { Field: "initializer", Type: "identifier" }).Select(n => n.Text!).ToHashSet();
        var used = new HashSet<string>();
        foreach (var node in Uses(file.Root))
        {
            used.Add(node.Text!);
            if (node.Field == "function" ? !Functions.Contains(node.Text) : !declared.Contains(node.Text!) && !loops.Contains(node.Text!))
                yield return At(file, node, $"{node.Text} is declared nowhere");
        }

        foreach (var unused in file.Parameters.Concat(file.Variables).Where(d => !used.Contains(d.Name))) yield return At(file, unused, $"{unused.Name} is used nowhere");
    }

    /// <summary>Identifiers that stand for a value: no names of declarations, of properties or of what decorates.</summary>
    private static IEnumerable<BicepNode> Uses(BicepNode node) => node.Type switch
    {
        "decorators" or "type" => [],
        "identifier" => [node],
        "object_property" => node.Parts.Skip(1).SelectMany(Uses),
        "for_statement" => node.Parts.Where(part => part.Field != "initializer").SelectMany(Uses),
        _ when node.Type.EndsWith("_declaration", StringComparison.Ordinal) => node.Parts.SkipWhile(part => part.Type != "identifier").Skip(1).SelectMany(Uses),
        _ => node.Parts.SelectMany(Uses),
    };

    private static IEnumerable<string> Modules(BicepFile file, IReadOnlyList<BicepFile> files)
    {
        foreach (var module in file.Modules)
        {
            var wanted = Path.GetFullPath(module.Parts.First(part => part.Type == "string").Value, Path.GetDirectoryName(file.Path)!);
            if (files.FirstOrDefault(f => f.Path == wanted) is not { } target)
            {
                yield return At(file, module, $"{module.Name}: there is no {wanted}");
                continue;
            }

            var given = module["params"]?.Properties.Select(p => p.Key).ToList() ?? [];
            var known = target.Parameters.Select(p => p.Name).ToList();
            foreach (var name in given.Except(known)) yield return At(file, module, $"{module.Name}: {target.Name} has no parameter {name}");
            foreach (var name in target.Required.Except(given)) yield return At(file, module, $"{module.Name}: {name} of {target.Name} is not given");
            var outputs = target.Outputs.Select(o => o.Name).ToHashSet();
            foreach (var (node, name) in OutputsAsked(file, module.Name).Where(asked => !outputs.Contains(asked.Name)))
                yield return At(file, node, $"{target.Name} has no output {name}");
        }
    }

    private static IEnumerable<(BicepNode Node, string Name)> OutputsAsked(BicepFile file, string module) =>
        from node in file.Root.All()
        where node.Type == "member_expression" && node.Parts[0] is { Type: "member_expression" } inner
            && inner.Parts[0].Text == module && inner.Parts[1].Text == "outputs"
        select (node, node.Parts[1].Text!);

    private static string At(BicepFile file, BicepNode node, string what) => $"{file.Name}:{node.Line}: {what}";

    [GeneratedRegex("^list[A-Z]", RegexOptions.NonBacktracking)]
    private static partial Regex Listing();

    [GeneratedRegex("(AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd|sig)=", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex SecretText();

    [GeneratedRegex("password|secret$|secretName|accessKey|accountKey|apiKey|primaryKey", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex SecretName();
}
