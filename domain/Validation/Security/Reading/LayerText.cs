using System.Text;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Collects the characters of one context, with where each came from.</summary>
internal sealed class LayerText(Layer from, TextContext context)
{
    private readonly StringBuilder text = new();
    private readonly List<int> indexes = [];

    public bool IsEmpty => text.Length == 0;

    public void Add(char c, int index)
    {
        text.Append(c);
        indexes.Add(index);
    }

    public void Add(string source, int start, int end)
    {
        for (var i = start; i < end; i++) Add(source[i], i);
    }

    /// <summary>Ends a line: no pattern reaches from one to the next.</summary>
    public void Break(int index)
    {
        if (text.Length > 0 && text[^1] != '\n') Add('\n', index);
    }

    public IEnumerable<Layer> Layers()
    {
        if (text.Length > 0) yield return from.Part(context, text.ToString(), [.. indexes]);
    }
}
