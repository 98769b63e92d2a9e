using System.Text;

namespace Pipeline.Functions.Cli.Scanning;

/// <summary>The lines of a text, of each no more than a limit: a line that never ends takes time, and no memory.</summary>
/// <param name="longest">In UTF-16 units.</param>
internal sealed class CappedLines(TextReader reader, int longest)
{
    private readonly char[] buffer = new char[1 << 16];
    private int at, length;

    /// <returns>The next line, or what was kept of it and that it is cut; null behind the last. A carriage return at its end belongs to it.</returns>
    public async ValueTask<(string Text, bool IsCut)?> NextAsync(CancellationToken ct)
    {
        var (line, isCut, any) = (new StringBuilder(), false, false);
        while (at < length || await FillAsync(ct))
        {
            any = true;
            var end = Array.IndexOf(buffer, '\n', at, length - at);
            var piece = buffer.AsMemory(at, (end < 0 ? length : end) - at);
            isCut |= line.Length + piece.Length > longest;
            if (!isCut) line.Append(piece);
            at = end < 0 ? length : end + 1;
            if (end >= 0) break;
        }
        return any ? (line.ToString(), isCut) : null;
    }

    private async ValueTask<bool> FillAsync(CancellationToken ct)
    {
        (at, length) = (0, await reader.ReadAsync(buffer, ct));
        return length > 0;
    }
}
