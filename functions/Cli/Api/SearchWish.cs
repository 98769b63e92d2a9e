using System.Globalization;

namespace Pipeline.Functions.Cli.Api;

/// <summary>What a search is narrowed to. What is left empty does not narrow; <see cref="Alias"/> and <see cref="Tier"/> are then what is served to all.</summary>
internal sealed record SearchWish(int Top, int Skip = 0, double Within = 0, string Model = "", string Environment = "", string Alias = "", string Tier = "")
{
    public string Query => string.Concat(
        [string.Create(CultureInfo.InvariantCulture, $"top={Top}&skip={Skip}&within={Within}"),
            .. new[] { ("model", Model), ("environment", Environment), ("alias", Alias), ("tier", Tier) }.Where(w => w.Item2.Length > 0).Select(w => $"&{w.Item1}={Uri.EscapeDataString(w.Item2)}")]);
}
