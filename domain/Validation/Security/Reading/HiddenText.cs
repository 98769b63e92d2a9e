using System.Text;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Finds text that a person who looks at a document does not see, and an agent reads.</summary>
internal static class HiddenText
{
    private const int Wide = 120;
    private const int Tall = 40;
    private const int LongestTag = 400;

    private static readonly string[] Unseen =
        ["display:none", "visibility:hidden", "font-size:0", "opacity:0", "color:white", "color:#fff", "color:transparent", "height:0", " hidden"];

    public static IEnumerable<Layer> Of(Layer whole)
    {
        var hidden = new LayerText(whole, TextContext.Hidden);
        Comments(whole.Text, hidden);
        Pushed(whole.Text, hidden);
        Elements(whole.Text, hidden);
        return hidden.Layers().Concat(Tags(whole.Source)).Concat(Selectors(whole.Source));
    }

    // A reference that nothing refers to is not rendered: [//]: # (text)
    private static void Comments(string text, LayerText hidden)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            if (end < 0) end = text.Length;
            var line = text.AsSpan(start, end - start);
            var mark = line.TrimStart().StartsWith('[') ? Math.Max(line.IndexOf("]: #", StringComparison.Ordinal), line.IndexOf("]: <>", StringComparison.Ordinal)) : -1;
            if (mark >= 0)
            {
                hidden.Add(text, start + mark + 4, end);
                hidden.Break(end - 1);
            }
            start = end + 1;
        }
    }

    // Behind so much white space that nobody scrolls there.
    private static void Pushed(string text, LayerText hidden)
    {
        var (blanks, spaces, below) = (0, 0, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n') (blanks, spaces) = (blanks + 1, 0);
            else if (text[i] is ' ' or '\t') spaces++;
            else
            {
                below |= blanks > Tall;
                var from = i;
                if (below || spaces > Wide)
                {
                    while (i < text.Length && text[i] != '\n') i++;
                    hidden.Add(text, from, i--);
                    hidden.Break(i);
                }
                (blanks, spaces) = (0, 0);
            }
        }
    }

    private static void Elements(string text, LayerText hidden)
    {
        for (var at = text.IndexOf('<'); at >= 0 && at + 1 < text.Length;)
        {
            var end = text.AsSpan(at + 1).IndexOfAny('<', '>');
            if (end < 0) return;
            end += at + 1;
            if (text[end] == '<')
            {
                at = end;
                continue;
            }
            var next = text.IndexOf('<', end);
            if (end - at < LongestTag && Array.Exists(Unseen, text.Substring(at, end - at).Replace(": ", ":", StringComparison.Ordinal).Contains))
            {
                hidden.Add(text, end + 1, next < 0 ? text.Length : next);
                hidden.Break(end);
            }
            at = next;
        }
    }

    /// <summary>Tag characters (U+E0020 to U+E007E) are an invisible ASCII; only in a flag do they mean what they are for.</summary>
    private static IEnumerable<Layer> Tags(SourceText source)
    {
        var (raw, found, indexes) = (source.Raw, new StringBuilder(), new List<int>());
        for (var i = 0; i + 1 < raw.Length; i++)
        {
            if (CodePoint(raw, i) is not (>= 0xE0020 and <= 0xE007E) and not 0xE0001) continue;
            found.Append((char)((CodePoint(raw, i) - 0xE0000) & 0x7F));
            indexes.Add(i);
        }
        return found.Length > 0 && !IsFlags(raw, indexes) ? [new(source, TextContext.Hidden, found.ToString(), [.. indexes])] : [];
    }

    /// <summary>Whether every run of tags follows a black flag.</summary>
    public static bool IsFlags(string raw, IReadOnlyList<int> tags)
    {
        for (var i = 0; i < tags.Count; i++)
            if ((i == 0 || tags[i] != tags[i - 1] + 2) && (tags[i] < 2 || CodePoint(raw, tags[i] - 2) != 0x1F3F4)) return false;
        return true;
    }

    // 256 selectors are 256 bytes, behind a character that anything may be.
    private static IEnumerable<Layer> Selectors(SourceText source)
    {
        var (raw, bytes, first) = (source.Raw, new List<byte>(), -1);
        for (var i = 0; i < raw.Length; i++)
        {
            var value = Invisible.IsSelector(raw[i]) ? raw[i] - 0xFE00 : i + 1 < raw.Length && CodePoint(raw, i) is var c and >= 0xE0100 and <= 0xE01EF ? c - 0xE0100 + 16 : -1;
            if (value < 0) continue;
            if (first < 0) first = i;
            bytes.Add((byte)value);
        }
        // An emoji has one selector; text has one for each of its bytes.
        var text = Encoding.UTF8.GetString([.. bytes.Where(b => b != 15)]);
        return text.Length >= 4 ? [new(source, TextContext.Hidden, text, null, first)] : [];
    }

    public static int CodePoint(string raw, int i) =>
        char.IsHighSurrogate(raw[i]) && i + 1 < raw.Length && char.IsLowSurrogate(raw[i + 1]) ? char.ConvertToUtf32(raw[i], raw[i + 1]) : raw[i];
}
