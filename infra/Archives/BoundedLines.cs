using System.Globalization;
using System.Runtime.CompilerServices;

namespace Pipeline.Infra.Archives;

/// <summary>Lines of a file that somebody else wrote.</summary>
public static class BoundedLines
{
    /// <summary>In bytes. Far more than a line of a list has.</summary>
    public const int Longest = 64 * 1024;

    /// <summary>One line after the other, each good until the next. One that is longer than any can be is not read to its end.</summary>
    /// <param name="place">What the file is called, for what is wrong with it.</param>
    /// <exception cref="ArchiveException">A line is too long.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream file, string place, [EnumeratorCancellation] CancellationToken ct)
    {
        var buffer = new byte[Longest + 1];
        var (filled, number) = (0, 1L);
        for (int got; (got = await file.ReadAsync(buffer.AsMemory(filled), ct)) > 0;)
        {
            filled += got;
            var from = 0;
            for (int length; (length = buffer.AsSpan(from, filled - from).IndexOf((byte)'\n')) >= 0; from += length + 1, number++) yield return buffer.AsMemory(from, length);
            buffer.AsSpan(from, filled - from).CopyTo(buffer);
            filled -= from;
            if (filled == buffer.Length) throw new ArchiveException(string.Create(CultureInfo.InvariantCulture, $"{place}, line {number}"), "the line is too long");
        }
        if (filled > 0) yield return buffer.AsMemory(0, filled);
    }
}
