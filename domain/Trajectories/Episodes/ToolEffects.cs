using System.Collections.Frozen;

namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>Whether a tool changes something: as declared, else by the verb that its name begins with.</summary>
/// <remarks>A name that tells nothing counts as changing something: a family too many shows itself, a missing one hides.</remarks>
public static class ToolEffects
{
    private static readonly FrozenSet<string> s_readingVerbs = new[]
    {
        "analyze", "answer", "browse", "calc", "calculate", "check", "compare", "compute", "convert", "count", "current", "describe", "detect", "download",
        "echo", "estimate", "explain", "extract", "fetch", "filter", "find", "get", "glob", "grep", "has", "head", "help", "identify", "info",
        "inspect", "is", "list", "load", "locate", "look", "lookup", "ls", "match", "measure", "open", "parse", "peek", "ping", "plan", "preview",
        "query", "read", "recall", "resolve", "retrieve", "scan", "search", "select", "show", "status", "summarize", "tail", "test", "think",
        "validate", "verify", "view", "wait", "weather", "who",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <param name="declared">The tools as declared to the agent; a declared <c>readOnlyHint</c> wins over the name.</param>
    public static bool ChangesSomething(string tool, IReadOnlyList<ToolDefinition> declared) =>
        declared.FirstOrDefault(d => d.Name == tool)?.ReadOnly is { } readOnly ? !readOnly : !s_readingVerbs.Contains(Verb(tool));

    /// <summary>The first word of a tool's own name: of <c>mcp__shop__getOrder</c> it is <c>get</c>.</summary>
    public static string Verb(string tool)
    {
        var own = tool.Split(["__", ".", "/", ":"], StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? tool;
        return Names.Words(own).FirstOrDefault() ?? "";
    }
}
