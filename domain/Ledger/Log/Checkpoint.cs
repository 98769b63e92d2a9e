using System.Globalization;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>How the log stood: so many leaves, and the root over them. The text of a signed note (C2SP tlog-checkpoint).</summary>
/// <param name="Origin">Which log: one line, the same for as long as it is one log.</param>
/// <param name="Size">How many leaves.</param>
public sealed record Checkpoint(string Origin, long Size, MerkleHash Root)
{
    /// <summary>What the note says in ending lines of its own, which this program neither writes nor believes.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>The note's text: a line each, every one with its newline.</summary>
    public string Text() => string.Concat(((string[])[Origin, Size.ToString(CultureInfo.InvariantCulture), Root.ToBase64(), .. Extensions]).Select(line => line + "\n"));

    /// <returns>Null when the text is no checkpoint's.</returns>
    public static Checkpoint? TryParse(string text)
    {
        if (!text.EndsWith('\n')) return null;
        var lines = text[..^1].Split('\n');
        if (lines.Length < 3 || lines.Contains("")) return null;
        return long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size.ToString(CultureInfo.InvariantCulture) == lines[1]
            && MerkleHash.TryParse(lines[2], out var root)
            ? new(lines[0], size, root) { Extensions = lines[3..] }
            : null;
    }

    public bool Equals(Checkpoint? other) => other is not null && Text() == other.Text();

    public override int GetHashCode() => Text().GetHashCode(StringComparison.Ordinal);
}
