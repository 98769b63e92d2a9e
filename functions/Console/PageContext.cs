using System.Globalization;
using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Reading;

namespace Pipeline.Functions.Console;

/// <summary>The request that a page answers: where it is, and which state of the ledger it shows. Links are made here, so that each keeps that state.</summary>
internal sealed class PageContext
{
    public const string AsOf = "asOf";

    private IQueryCollection _query = QueryCollection.Empty;

    /// <summary>Without the query.</summary>
    public string Path { get; private set; } = "";
    public LedgerMoment Moment { get; private set; } = new(0, null, 0, "");

    /// <summary>What was given as <see cref="AsOf"/> and is neither a leaf nor a time; then all is shown as it is now.</summary>
    public string Misunderstood { get; private set; } = "";

    /// <summary>What a page has not found; null where it has what it was asked for.</summary>
    public ErrorText? Missing { get; set; }

    public async Task OpenAsync(HttpContext http, LedgerMoments moments, CancellationToken ct)
    {
        (Path, _query) = (http.Request.Path.Value ?? "", http.Request.Query);
        var asked = Value(AsOf);
        var moment = await moments.ReadAsync(asked.Length == 0 ? null : asked, ct);
        Misunderstood = moment is null ? asked : "";
        Moment = moment ?? (await moments.ReadAsync(null, ct))!;
    }

    /// <summary>The first value of a parameter in the URL, without control characters, cut; empty where it is not there.</summary>
    public string Value(string name) => Values(name).FirstOrDefault() ?? "";

    /// <summary>The same for a parameter that may come more than once; the first of them.</summary>
    public IEnumerable<string> Values(string name)
    {
        const int Longest = 200, Most = 50;
        return from text in _query[name].Take(Most)
               where text is not null
               select new string([.. text.Take(Longest).Where(c => !char.IsControl(c) && !char.IsSurrogate(c))]).Trim();
    }

    /// <summary>A parameter that is a whole number from 0; null where it is not there, or no such number.</summary>
    public long? Number(string name) => long.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The parameters of this request but for some.</summary>
    public IEnumerable<KeyValuePair<string, string>> Parameters(params string[] without) => _query.Keys
        .Where(key => !without.Contains(key, StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)
        .SelectMany(key => Values(key), KeyValuePair.Create).Where(p => p.Value.Length > 0);

    /// <summary>Whether this page is that one, or below it; everything is below the first page, so of that only whether it is.</summary>
    public bool IsAt(string path) => Path.TrimEnd('/').Equals(path, StringComparison.OrdinalIgnoreCase) || (path != ConsoleApp.Root && Path.StartsWith(path + "/", StringComparison.OrdinalIgnoreCase));

    /// <summary>A link to another page, of the same state of the ledger.</summary>
    /// <param name="parameters">Those that are empty or null are left out.</param>
    public string Href(string path, params (string Name, object? Value)[] parameters) =>
        Build(path, [.. parameters, (AsOf, Moment.Asked)]);

    /// <summary>A link to a page below a skill.</summary>
    /// <param name="rest">Such as <c>/timeline</c>; empty for the skill's own page.</param>
    public string Skill(string id, string rest = "", params (string Name, object? Value)[] parameters) =>
        Href(SkillPath(id, rest), parameters);

    /// <summary>The same without a query, for a form that adds its own.</summary>
    public static string SkillPath(string id, string rest = "") => $"/console/skills/{Uri.EscapeDataString(id)}{rest}";

    /// <summary>A link to where an episode begins in its run.</summary>
    public string Run(EvidenceReference episode) =>
        Href($"/console/trajectories/{Uri.EscapeDataString(episode.TrajectoryId)}", ("step", episode.FirstStep)) + string.Create(CultureInfo.InvariantCulture, $"#step-{episode.FirstStep}");

    /// <summary>This page with some parameters set, or left out where they are null.</summary>
    public string With(params (string Name, object? Value)[] changes) =>
        Build(Path, [.. Parameters([.. changes.Select(c => c.Name)]).Select(p => (p.Key, (object?)p.Value)), .. changes]);

    /// <summary>A link that stays at the leaf shown now, whatever is sealed later.</summary>
    public string At(string path, IEnumerable<KeyValuePair<string, string>> parameters) =>
        Build(path, [.. parameters.Select(p => (p.Key, (object?)p.Value)), (AsOf, Moment.IsNow && Moment.Leaves > 0 ? Moment.Leaf : Moment.Asked)]);

    private static string Build(string path, IEnumerable<(string Name, object? Value)> parameters)
    {
        var link = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture);
            if (string.IsNullOrEmpty(text)) continue;
            link.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(text));
            separator = '&';
        }
        return link.ToString();
    }
}
