using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipeline.Infra.Tests.Search.AzureSearch;

/// <summary>An index as the service keeps it: it checks what it is sent against its fields, and scores by weighted counts of words.</summary>
internal sealed partial class StubIndex
{
    private const int MostInAPage = 1_000;
    private const int MostClauses = 3_000;
    private const int MostCharacters = 100_000;

    // What a field leaves open.
    private static readonly string[] s_wanted = ["searchable", "filterable", "sortable", "facetable", "retrievable"];

    public StubIndex(JsonObject definition)
    {
        foreach (var field in definition["fields"]!.AsArray())
            foreach (var flag in s_wanted) field![flag] ??= true;
        Definition = definition;
    }

    public JsonObject Definition { get; private set; }

    /// <summary>How many of the best the semantic ranker goes over.</summary>
    public int Reranked { get; set; }

    /// <summary>What it has taken.</summary>
    public Dictionary<string, JsonObject> Documents { get; } = new(StringComparer.Ordinal);

    private readonly Dictionary<string, (JsonObject? Before, int Until)> _unseen = new(StringComparer.Ordinal);
    private int _searches;

    private Dictionary<string, JsonObject> Fields => Definition["fields"]!.AsArray().ToDictionary(f => f!["name"]!.GetValue<string>(), f => f!.AsObject(), StringComparer.Ordinal);

    public StubIndex Redefined(JsonObject definition)
    {
        var wanted = new StubIndex(definition).Fields;
        foreach (var (name, field) in Fields)
            if (!wanted.TryGetValue(name, out var now) || !JsonNode.DeepEquals(now, field)) throw new StubRefusal(400, $"the field {name} cannot be changed");
        Definition = definition;
        return this;
    }

    public (int Status, JsonArray Results) Take(JsonArray actions, Func<string, int?> refusal, int lag)
    {
        var results = new JsonArray();
        foreach (var action in actions.Select(a => a!.AsObject()))
        {
            var key = action["key"]!.GetValue<string>();
            var status = Key().IsMatch(key) ? refusal(key) ?? Take(action, key, lag) : 400;
            results.Add(new JsonObject { ["key"] = key, ["status"] = status < 300, ["errorMessage"] = status < 300 ? null : "not taken", ["statusCode"] = status });
        }
        return (results.All(r => r!["status"]!.GetValue<bool>()) ? 200 : 207, results);
    }

    public JsonObject Search(JsonObject request)
    {
        _searches++;
        var fields = Fields;
        var filter = StubFilter.Parse(request["filter"]?.GetValue<string>() ?? "", name => fields.TryGetValue(name, out var f) && Flag(f, "filterable"));
        var query = request["search"]?.GetValue<string>() ?? "*";
        var score = query == "*" ? _ => 1 : Scoring(StubAnalyzer.Plain(query), request["searchFields"]?.GetValue<string>().Split(',').Select(f => f.Trim()) ?? fields.Keys, fields);
        var found = Seen().Where(filter)
            .Select(d => (Document: d, Score: query == "*" ? 1 : score(d) + Vectors(d, request)))
            .Where(d => d.Score > 0).ToList();
        var order = request["orderby"]?.GetValue<string>().Split(',').Select(o => o.Trim()) ?? ["search.score() desc"];
        var ordered = found.OrderBy(_ => 0);
        foreach (var by in order)
        {
            if (by != "search.score() desc" && !Flag(fields[by], "sortable")) throw new StubRefusal(400, $"{by} is not sortable");
            ordered = by == "search.score() desc" ? ordered.ThenByDescending(f => f.Score) : ordered.ThenBy(f => f.Document[by]!.GetValue<string>(), StringComparer.Ordinal);
        }
        var selected = request["select"]?.GetValue<string>().Split(',').Select(s => s.Trim()).ToList() ?? [.. fields.Keys];
        var reranked = request["queryType"]?.GetValue<string>() == "semantic" ? Reranked : 0;
        var page = ordered.Select((f, i) => (f.Document, f.Score, IsReranked: i < reranked)).Skip(request["skip"]?.GetValue<int>() ?? 0).Take(Math.Min(request["top"]?.GetValue<int>() ?? 50, MostInAPage));
        var count = request["count"]?.GetValue<bool>() == true ? (JsonNode)found.Count : null;
        return new() { ["@odata.count"] = count, ["value"] = new JsonArray([.. page.Select(f => Shown(f.Document, f.Score, f.IsReranked, selected))]) };
    }

    private int Take(JsonObject action, string key, int lag)
    {
        var kind = action["@search.action"]!.GetValue<string>();
        var seen = _unseen.TryGetValue(key, out var unseen) && unseen.Until > _searches ? unseen.Before : Documents.GetValueOrDefault(key)?.DeepClone().AsObject();
        if (lag > 0) _unseen[key] = (seen, _searches + lag);
        if (kind == "delete")
        {
            Documents.Remove(key);
            return 200;
        }
        if (kind != "mergeOrUpload") return 400;
        var (fields, isNew) = (Fields, !Documents.ContainsKey(key));
        var document = isNew ? new JsonObject() : Documents[key];
        foreach (var (name, value) in action.Where(p => p.Key != "@search.action"))
        {
            if (!fields.TryGetValue(name, out var field)) return 400;
            if (field["dimensions"] is { } dimensions && value!.AsArray().Count != dimensions.GetValue<int>()) return 400;
            document[name] = value?.DeepClone();
        }
        Documents[key] = document;
        return isNew ? 201 : 200;
    }

    private IEnumerable<JsonObject> Seen()
    {
        var unseen = _unseen.Where(u => u.Value.Until >= _searches).ToDictionary(u => u.Key, u => u.Value.Before, StringComparer.Ordinal);
        return Documents.Where(d => !unseen.ContainsKey(d.Key)).Select(d => d.Value).Concat(unseen.Values.OfType<JsonObject>());
    }

    private Func<JsonObject, double> Scoring(string query, IEnumerable<string> searched, IReadOnlyDictionary<string, JsonObject> fields)
    {
        var weights = Definition["scoringProfiles"]![0]!["text"]!["weights"]!.AsObject();
        var asked = searched.Select(name =>
        {
            if (!fields.TryGetValue(name, out var field) || !Flag(field, "searchable")) throw new StubRefusal(400, $"{name} is not searchable");
            var analyzer = field["analyzer"]?.GetValue<string>() ?? "";
            return (Name: name, Analyzer: analyzer, Words: StubAnalyzer.Tokens(analyzer, query).ToHashSet(StringComparer.Ordinal), Weight: weights[name]?.GetValue<double>() ?? 1);
        }).ToList();
        if (query.Length > MostCharacters) throw new StubRefusal(400, $"{query.Length} characters in the search clause");
        if (asked.Sum(a => a.Words.Count) is var clauses and > MostClauses) throw new StubRefusal(400, $"ClauseLimitExceeded: {clauses}");
        return d => asked.Sum(a => a.Weight * StubAnalyzer.Tokens(a.Analyzer, d[a.Name]?.GetValue<string>() ?? "").Count(a.Words.Contains)) * d["standing"]!.GetValue<double>();
    }

    private static double Vectors(JsonObject document, JsonObject request) =>
        request["vectorQueries"] is JsonArray { Count: > 0 } queries && document["vector"] is JsonArray vector
            ? vector.Zip(queries[0]!["vector"]!.AsArray(), (a, b) => a!.GetValue<double>() * b!.GetValue<double>()).Sum()
            : 0;

    private static JsonNode Shown(JsonObject document, double score, bool isReranked, List<string> selected)
    {
        var shown = new JsonObject { ["@search.score"] = score };
        if (isReranked) shown["@search.rerankerScore"] = 3.1;
        foreach (var name in selected) shown[name] = document[name]?.DeepClone();
        return shown;
    }

    private static bool Flag(JsonObject field, string name) => field[name]?.GetValue<bool>() == true;

    [GeneratedRegex("^[A-Za-z0-9=-][A-Za-z0-9_=-]{0,1023}$", RegexOptions.NonBacktracking)]
    private static partial Regex Key();
}
