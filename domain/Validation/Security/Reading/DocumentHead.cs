namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Where the block of fields at the head of a document lies.</summary>
/// <remarks>Readers differ: the reference library of Agent Skills ends it at the next three hyphens, in the midst of a line too, others at a line of
/// them or of three dots. What lies between the first and the last of these ends is fields to some and body to others, and is read as both.</remarks>
/// <param name="FieldsStart">Behind the opening hyphens.</param>
/// <param name="FieldsEnd">Where the last reader ends the fields; not above <paramref name="FieldsStart"/> where there are none.</param>
/// <param name="BodyStart">Where the first reader begins the body.</param>
internal readonly record struct DocumentHead(int FieldsStart, int FieldsEnd, int BodyStart)
{
    private const string Fence = "---";

    public static DocumentHead Of(string text)
    {
        var start = text.Length - text.AsSpan().TrimStart().Length;
        if (string.CompareOrdinal(text, start, Fence, 0, Fence.Length) != 0) return default;
        var fields = start + Fence.Length;
        var (fence, dots) = (LineOf(text, fields, Fence), LineOf(text, fields, "..."));
        // Without hyphens that close it there are no fields; with dots alone only to some.
        int[] ends = [.. new[] { text.IndexOf(Fence, fields, StringComparison.Ordinal), fence, dots }.Where(end => end >= 0)];
        return ends.Length == 0 ? default : new(fields, ends.Max(), ends.Min() + Fence.Length);
    }

    /// <returns>The first place of such a line; -1 where there is none.</returns>
    private static int LineOf(string text, int from, string mark)
    {
        for (var start = text.IndexOf('\n', from) + 1; start > 0; start = text.IndexOf('\n', start) + 1)
        {
            var end = text.IndexOf('\n', start);
            var line = text.AsSpan(start, (end < 0 ? text.Length : end) - start);
            if (line.Trim().SequenceEqual(mark)) return start + line.IndexOf(mark[0]);
        }
        return -1;
    }
}
