using System.Text.RegularExpressions;

namespace Pipeline.Infra.Tests.Search.AzureSearch;

/// <summary>The service's analyzers as far as a definition here names them, which cut documents and queries alike: <c>whitespace</c> at spaces and
/// nothing more; <c>en.lucene</c> at the word boundaries of Unicode Standard Annex #29, which are none within <c>get_order</c> and <c>3.5</c>, and
/// each Han character for itself, with lower case, a few stop words and a rough stem.</summary>
internal static partial class StubAnalyzer
{
    private const int LongestToken = 255;

    private static readonly string[] s_stopWords = ["a", "an", "and", "are", "as", "at", "be", "by", "for", "in", "is", "it", "of", "on", "or", "that", "the", "there", "this", "to", "with"];

    public static IEnumerable<string> Tokens(string analyzer, string text) => analyzer switch
    {
        "whitespace" => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).SelectMany(t => t.Chunk(LongestToken)).Select(t => new string(t)),
        "en.lucene" => Word().Matches(text).Select(m => m.Value.ToLowerInvariant()).Where(w => !s_stopWords.Contains(w)).Select(Stem),
        _ => throw new StubRefusal(400, $"the analyzer {analyzer} is not known"),
    };

    /// <summary>The words of a query in the simple syntax, in which an operator is none of the adapter's making.</summary>
    public static string Plain(string query) =>
        Operator().IsMatch(query) ? throw new StubRefusal(400, $"there are operators in the query: {query[..Math.Min(100, query.Length)]}") : query;

    private static string Stem(string word) => word.EndsWith('s') && word.Length > 3 ? word[..^1] : word;

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}|[\p{L}\p{M}\p{N}_-[\p{IsCJKUnifiedIdeographs}]]+([.'][\p{L}\p{N}_]+)*", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Word();

    [GeneratedRegex(@"[+|""()*~\\]|(^|\s)-", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Operator();
}
