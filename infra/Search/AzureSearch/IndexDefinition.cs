using System.Globalization;
using Azure.Search.Documents.Indexes.Models;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>The fields of an index and how they count. Code is the only place that says so; an index that was made by an earlier one is
/// extended in place where that only adds, and else built anew beside.</summary>
/// <param name="embeddings">Which model's; vectors of another cannot be compared with its.</param>
public sealed class IndexDefinition(AzureSearchOptions options, string embeddings)
{
    /// <summary>Counts up when this code changes what an index is: of two programs the one that knows the later form decides.</summary>
    public const int Form = 2;

    /// <summary>The first form whose documents have the terms that they are searched by.</summary>
    internal const int FormWithTerms = 2;

    internal const string Profile = "fields", Semantic = "skills", Vector = "vector";
    private const string Graph = "graph";

    // As the embedded index weighs them: who names a thing says more of it than who mentions it.
    private static readonly (string Field, double Weight)[] s_weights = [("name", 5), ("description", 3), ("body", 1)];

    // Part of the field that the service lets nobody change: another model makes another index.
    private readonly string _nearest = $"nearest-{Domain.Ledger.Digest.Short(embeddings)}";

    /// <summary>Two definitions with the same digest make the same index.</summary>
    public string Digest => Domain.Ledger.Digest.Of(string.Join('\n', Fields().Select(Facts).Append(FormattableString.Invariant($"{options.IsSemantic} {Profile} {Form}"))));

    public SearchIndex Of(string name)
    {
        var index = new SearchIndex(name, Fields());
        // An older program searches the texts. What accompanies other skills stands back.
        index.ScoringProfiles.Add(new(Profile)
        {
            TextWeights = new(s_weights.SelectMany(w => new[] { w, (TermsOf(w.Field), w.Weight) }).ToDictionary(w => w.Item1, w => w.Item2, StringComparer.Ordinal)),
            FunctionAggregation = ScoringFunctionAggregation.Sum,
            Functions = { new MagnitudeScoringFunction("standing", 4, new(0.25, 1)) { Interpolation = ScoringFunctionInterpolation.Linear } },
        });
        index.DefaultScoringProfile = Profile;
        if (options.IsSemantic)
        {
            index.SemanticSearch = new()
            {
                Configurations = { new(Semantic, new() { TitleField = new("name"), ContentFields = { new("description"), new("body") } }) },
            };
        }
        if (options.Dimensions is not null)
        {
            index.VectorSearch = new()
            {
                Profiles = { new(_nearest, Graph) },
                Algorithms = { new HnswAlgorithmConfiguration(Graph) { Parameters = new() { Metric = VectorSearchAlgorithmMetric.Cosine } } },
            };
        }
        return index;
    }

    /// <summary>Beside a text, a field has the terms that it is searched by, as <see cref="SearchTerms"/> cuts them for every index: an analyzer of the
    /// service's own would keep <c>get_order</c> in one piece, know one language, and cut a query otherwise than the embedded index does.</summary>
    public static string TermsOf(string field) => $"{field}Terms";

    /// <summary>What is searched in an index of a form.</summary>
    public static IEnumerable<string> Searched(int form) => s_weights.Select(w => form >= FormWithTerms ? TermsOf(w.Field) : w.Field);

    /// <summary>Whether an index becomes as defined by adding fields: the service changes none that is there.</summary>
    public bool OnlyAddsTo(SearchIndex existing)
    {
        var wanted = Of(existing.Name).Fields.ToDictionary(f => f.Name, Facts, StringComparer.Ordinal);
        return existing.Fields.All(f => wanted.TryGetValue(f.Name, out var facts) && facts == Facts(f));
    }

    private List<SearchField> Fields()
    {
        List<SearchField> fields =
        [
            Field("key", isKey: true, isFilterable: true, isSortable: true),
            Field("tenant", isFilterable: true), Field("skill", isFilterable: true), Field("skillId"),
            Field("name", isSearchable: true, isSortable: true), Field("description", isSearchable: true), Field("body", isSearchable: true),
            .. s_weights.Select(w => Field(TermsOf(w.Field), isSearchable: true, analyzer: LexicalAnalyzerName.Whitespace)),
            Field("version", SearchFieldDataType.Int32, isFilterable: true),
            Field("digest"), Field("environment", isFilterable: true), Field("kind", isFilterable: true),
            Field("tier", SearchFieldDataType.Int32, isFilterable: true),
            Field("aliases", SearchFieldDataType.Collection(SearchFieldDataType.String), isFilterable: true),
            Field("model", isFilterable: true), Field("variantOf", isFilterable: true),
            // A scoring function reads none that cannot be filtered by.
            Field("standing", SearchFieldDataType.Double, isFilterable: true),
            Field("leaf", SearchFieldDataType.Int64, isFilterable: true),
            Field("stamp"),
        ];
        if (options.Dimensions is { } dimensions)
        {
            var vector = Field(Vector, SearchFieldDataType.Collection(SearchFieldDataType.Single), isSearchable: true);
            (vector.AnalyzerName, vector.VectorSearchDimensions, vector.VectorSearchProfileName) = (default(LexicalAnalyzerName?), dimensions, _nearest);
            fields.Add(vector);
        }
        return fields;
    }

    // All of it said: what is left open the service takes for wanted.
    private static SearchField Field(
        string name, SearchFieldDataType? type = null, bool isKey = false, bool isSearchable = false, bool isFilterable = false, bool isSortable = false, LexicalAnalyzerName? analyzer = null) =>
        new(name, type ?? SearchFieldDataType.String)
        {
            IsKey = isKey,
            IsSearchable = isSearchable,
            IsFilterable = isFilterable,
            IsSortable = isSortable,
            IsFacetable = false,
            IsHidden = false,
            AnalyzerName = isSearchable ? analyzer ?? LexicalAnalyzerName.EnLucene : default(LexicalAnalyzerName?),
        };

    // What the service fixes when a field is made.
    private static string Facts(SearchField f) => string.Create(
        CultureInfo.InvariantCulture,
        $"{f.Name} {f.Type} key={f.IsKey} search={f.IsSearchable} filter={f.IsFilterable} sort={f.IsSortable} facet={f.IsFacetable} hidden={f.IsHidden} {f.AnalyzerName} {f.VectorSearchDimensions} {f.VectorSearchProfileName}");
}
