using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipeline.Infra.Tests.Search.AzureSearch;

/// <summary>As much of OData's filters as the adapter writes; anything else is refused as the service refuses it.</summary>
internal sealed partial class StubFilter
{
    private readonly List<string> _tokens;
    private readonly Func<string, bool> _isFilterable;
    private int _at;

    private StubFilter(string text, Func<string, bool> isFilterable)
    {
        (_tokens, _isFilterable) = ([.. Token().Matches(text).Select(m => m.Value)], isFilterable);
        if (string.Concat(_tokens) != string.Concat(Token().Matches(text).Select(m => m.Value)) || Token().Replace(text, "").Trim().Length > 0) throw new StubRefusal(400, $"filter: {text}");
    }

    public static Func<JsonObject, bool> Parse(string text, Func<string, bool> isFilterable)
    {
        if (text.Length == 0) return _ => true;
        var parser = new StubFilter(text, isFilterable);
        var filter = parser.Or();
        return parser._at == parser._tokens.Count ? filter : throw new StubRefusal(400, $"filter: {text}");
    }

    private Func<JsonObject, bool> Or()
    {
        var left = And();
        while (Next("or"))
        {
            var (one, other) = (left, And());
            left = d => one(d) || other(d);
        }
        return left;
    }

    private Func<JsonObject, bool> And()
    {
        var left = Term();
        while (Next("and"))
        {
            var (one, other) = (left, Term());
            left = d => one(d) && other(d);
        }
        return left;
    }

    private Func<JsonObject, bool> Term()
    {
        if (Next("not"))
        {
            var inner = Term();
            return d => !inner(d);
        }
        if (Next("("))
        {
            var inner = Or();
            Expect(")");
            return inner;
        }
        if (Next("search.in"))
        {
            Expect("(");
            var name = Field();
            Expect(",");
            var list = Text();
            Expect(",");
            var among = list.Split(Text());
            Expect(")");
            return d => among.Contains(d[name]!.GetValue<string>());
        }
        var field = Field();
        if (Next("/any"))
        {
            foreach (var expected in new[] { "(", "a", ":", "a", "eq" }) Expect(expected);
            var wanted = Text();
            Expect(")");
            return d => d[field]!.AsArray().Any(v => v!.GetValue<string>() == wanted);
        }
        var (comparison, value) = (Take(), Take());
        var literal = value.StartsWith('\'') ? value[1..^1].Replace("''", "'", StringComparison.Ordinal) : value;
        return d => Compare(comparison, value.StartsWith('\'') ? string.CompareOrdinal(d[field]?.GetValue<string>(), literal) : d[field]!.GetValue<int>().CompareTo(int.Parse(literal)));
    }

    private static bool Compare(string comparison, int order) => comparison switch
    {
        "eq" => order == 0,
        "ne" => order != 0,
        "gt" => order > 0,
        "ge" => order >= 0,
        _ => throw new StubRefusal(400, comparison),
    };

    private string Field()
    {
        var name = Take();
        return _isFilterable(name) ? name : throw new StubRefusal(400, $"{name} is not filterable");
    }

    private string Text() => Take() is ['\'', .. var text, '\''] ? text.Replace("''", "'", StringComparison.Ordinal) : throw new StubRefusal(400, "a text is wanted");

    private bool Next(string token)
    {
        if (_at >= _tokens.Count || _tokens[_at] != token) return false;
        _at++;
        return true;
    }

    private void Expect(string token)
    {
        if (!Next(token)) throw new StubRefusal(400, $"{token} is wanted");
    }

    private string Take() => _at < _tokens.Count ? _tokens[_at++] : throw new StubRefusal(400, "the filter ends early");

    [GeneratedRegex("'([^']|'')*'|search\\.in|/any|[A-Za-z]+|[0-9]+|[(),:]", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Token();
}
