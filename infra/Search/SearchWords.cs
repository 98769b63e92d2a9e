namespace Pipeline.Infra.Search;

/// <summary>A query as a plain list of words, for an engine that has a syntax of its own: nothing of a task's text may steer it.</summary>
internal static class SearchWords
{
    /// <summary>The distinct words in their order, without those that tell nothing, as far as there are others.</summary>
    public static string Of(string text, int atMost)
    {
        var words = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < text.Length;)
        {
            var end = at;
            while (end < text.Length && char.IsLetterOrDigit(text[end])) end++;
            if (end > at && text[at..end].ToLowerInvariant() is var word && seen.Add(word)) words.Add(word);
            at = end + 1;
        }
        var telling = words.FindAll(w => !FunctionWords.Contains(w));
        return string.Join(' ', (telling.Count > 0 ? telling : words).Take(atMost));
    }
}
