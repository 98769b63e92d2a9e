namespace Pipeline.Functions.Hosting;

/// <summary>The gates that the program comes with.</summary>
public static class ShippedGates
{
    /// <summary>What a server starts with.</summary>
    public const string Strict = "strict";

    /// <summary>What a ledger on one's own machine starts with.</summary>
    public const string Relaxed = "relaxed";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "policies", "gates");

    /// <summary>In ordinal order.</summary>
    public static IReadOnlyList<string> Ids() => [.. Directory.EnumerateFiles(Folder, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    /// <returns>The file; null when there are none of that id. Looked for among the names that there are, so that an id is never a path.</returns>
    public static async Task<byte[]?> ReadAsync(string id, CancellationToken ct) =>
        Ids().Contains(id, StringComparer.Ordinal) ? await File.ReadAllBytesAsync(Path.Combine(Folder, $"{id}.yaml"), ct) : null;
}
