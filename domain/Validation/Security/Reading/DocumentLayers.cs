using System.Text.RegularExpressions;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Takes a Markdown document apart by what its parts are for: running text, quotations, code, fields, comments.</summary>
/// <remarks>A reader of lines, not of CommonMark: in doubt a text is in more contexts rather than in fewer.</remarks>
internal sealed partial class DocumentLayers
{
    private const int WarningBefore = 40;
    private const int LongestQuotation = 240;
    private const string CommentStart = "<!--";
    private const string CommentEnd = "-->";

    private readonly string text;
    private readonly LayerText prose, bare, quoted, inline, block, fields, hidden;
    private CodeFence? fence;
    private bool inComment, inList, inBoth;

    // From where on the text is read as code and as prose; where a comment began.
    private int doubtful = int.MaxValue, comment;

    private DocumentLayers(Layer whole)
    {
        text = whole.Text;
        prose = new(whole, TextContext.Prose);
        bare = new(whole, TextContext.Bare);
        quoted = new(whole, TextContext.Quoted);
        inline = new(whole, TextContext.Inline);
        block = new(whole, TextContext.Block);
        fields = new(whole, TextContext.Frontmatter);
        hidden = new(whole, TextContext.Hidden);
    }

    /// <param name="hasHead">Whether its readers take the fields at its head out of it; else they are body too.</param>
    public static IEnumerable<Layer> Of(Layer whole, bool hasHead)
    {
        var document = new DocumentLayers(whole);
        document.Read(hasHead);
        return new[] { document.prose, document.bare, document.quoted, document.inline, document.block, document.fields, document.hidden }.SelectMany(l => l.Layers());
    }

    private void Read(bool hasHead)
    {
        var head = DocumentHead.Of(text);
        Lines(head.FieldsStart, head.FieldsEnd, Field);
        Lines(hasHead ? head.BodyStart : 0, text.Length, Line);
        if (fence is { } open) Doubt(open.Start);
        if (inComment) Doubt(comment);
        if (doubtful == int.MaxValue) return;
        (inBoth, inComment) = (true, false);
        EndParagraph(doubtful);
        Lines(doubtful, text.Length, (start, end) =>
        {
            CodeLine(start, end);
            ProseLine(start, end);
        });
    }

    private void Lines(int from, int to, Action<int, int> read)
    {
        for (var start = from; start < to;)
        {
            var end = text.IndexOf('\n', start, to - start);
            if (end < 0) end = to;
            read(start, end);
            start = end + 1;
        }
    }

    private void Doubt(int from) => doubtful = Math.Min(doubtful, from);

    private void Line(int start, int end)
    {
        var line = text.AsSpan(start, end - start);
        if (fence?.EndsBefore(line) == true) fence = null;
        if (fence is { } open)
        {
            if (open.IsLeftBy(line)) Doubt(open.Start);
            if (open.IsClosedBy(line)) fence = null;
            else CodeLine(end - (open.InQuote ? CodeFence.Unquoted(line).Length : line.Length), end);
        }
        else if (!inComment && CodeFence.Opens(text, start, end, inList, out var info) is { } opened)
        {
            fence = opened;
            if (opened.IsDoubtful) Doubt(start);
            EndParagraph(start);
            Info(info, end);
        }
        else
        {
            ProseLine(start, end);
        }
    }

    // What stands behind a fence is not shown, and names a language.
    private void Info(int start, int end)
    {
        foreach (var layer in new[] { prose, bare, inline })
        {
            layer.Add(text, start, end);
            layer.Break(Math.Max(start, end - 1));
        }
    }

    // A folded description is one sentence over several lines.
    private void Field(int start, int end)
    {
        if (!char.IsWhiteSpace(text[start < text.Length ? start : ^1]) || text.AsSpan(start, end - start).TrimStart() is ['-', ..]) fields.Break(start);
        fields.Add(text, start, end);
        fields.Add(' ', Math.Max(start, end - 1));
    }

    private void CodeLine(int start, int end)
    {
        // A command goes on behind a backslash, in the midst of a word too.
        var isContinued = end > start && text[end - 1] == '\\';
        block.Add(text, start, isContinued ? end - 1 : end);
        if (!isContinued) block.Add('\n', Math.Max(start, end - 1));
    }

    private void ProseLine(int start, int end)
    {
        var line = text.AsSpan(start, end - start).Trim();
        if (CodeFence.PointOf(line) > 0) inList = true;
        else if (!line.IsEmpty && !char.IsWhiteSpace(text[start])) inList = false;
        if (line.IsEmpty || BeginsAnew(line)) EndParagraph(start);
        var isTable = line.StartsWith('|');
        if (!inBoth && !inComment && CodeFence.IsDeep(text.AsSpan(start, end - start))) CodeLine(start, end);
        for (var i = start; i < end;)
        {
            if (inComment) i = Comment(i, end);
            else if (!inBoth && text[i] == '<' && string.CompareOrdinal(text, i, CommentStart, 0, CommentStart.Length) == 0) i = OpenComment(i, end);
            else if (text[i] == '`') i = InlineCode(i, end);
            else if (text[i] == '"') i = Quotation(i, end);
            else if (Rendering.Length(text, i, end, out var shown) is var length and > 0)
            {
                if (shown != '\0') Plain(shown, i, isTable);
                i += length;
            }
            else Plain(text[i], i++, isTable);
        }
        if (inComment) hidden.Add(' ', Math.Max(start, end - 1));
        if (isTable || end == start) EndParagraph(start);
        else
        {
            prose.Add(' ', end - 1);
            bare.Add(' ', end - 1);
        }
    }

    private void Plain(char c, int i, bool isTable)
    {
        prose.Add(c, i);
        (isTable ? quoted : bare).Add(c, i);
    }

    // <!--> and <!---> are whole comments (CommonMark 0.31, 6.6).
    private int OpenComment(int i, int end)
    {
        var rest = text.AsSpan(i + CommentStart.Length, end - i - CommentStart.Length);
        if (rest.StartsWith('>')) return i + CommentStart.Length + 1;
        if (rest.StartsWith("->")) return i + CommentStart.Length + 2;
        (inComment, comment) = (true, i);
        return i + CommentStart.Length;
    }

    private int Comment(int i, int end)
    {
        if (string.CompareOrdinal(text, i, CommentEnd, 0, CommentEnd.Length) != 0)
        {
            hidden.Add(text[i], i);
            return i + 1;
        }
        inComment = false;
        hidden.Break(i);
        return Math.Min(end, i + CommentEnd.Length);
    }

    private int InlineCode(int i, int end)
    {
        var ticks = 1;
        while (i + ticks < end && text[i + ticks] == '`') ticks++;
        var close = text.AsSpan(i + ticks, end - i - ticks).IndexOf('`');
        if (close < 0) return i + ticks;
        var to = i + ticks + close;
        var code = Warning().IsMatch(text.AsSpan(Math.Max(0, i - WarningBefore), i - Math.Max(0, i - WarningBefore))) ? quoted : inline;
        code.Add(text, i + ticks, to);
        code.Break(to);
        prose.Add(text, i + ticks, to);
        bare.Add('`', i);
        while (to < end && text[to] == '`') to++;
        return to;
    }

    private int Quotation(int i, int end)
    {
        var close = text.AsSpan(i + 1, Math.Min(end - i - 1, LongestQuotation)).IndexOf('"');
        // A title or an attribute is no quotation: nobody sees it but the agent.
        if (close < 0 || Rendering.IsAside(text, i))
        {
            Plain(text[i], i, isTable: false);
            return i + 1;
        }
        var to = i + 1 + close;
        quoted.Add(text, i + 1, to);
        quoted.Break(to);
        prose.Add(text, i, to + 1);
        bare.Add('"', i);
        bare.Add('"', to);
        return to + 1;
    }

    private void EndParagraph(int at)
    {
        foreach (var layer in new[] { prose, bare, quoted }) layer.Break(Math.Max(0, at - 1));
    }

    // What a sentence warns of, it does not order.
    [GeneratedRegex(@"\b(never|do not|don't|avoid|instead of|rather than) (ever )?(run|us|execut|pip|call|typ|past|install|commit)[a-z]*[^\n.;:]{0,12}$", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Warning();

    private static bool BeginsAnew(ReadOnlySpan<char> line) =>
        line[0] is '#' or '>' or '|' || (line[0] is '-' or '+' or '*' && line.Length > 1 && line[1] == ' ')
        || (char.IsAsciiDigit(line[0]) && line.TrimStart("0123456789") is ['.' or ')', ..]);
}
