using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>The documents of a file that holds several: one on each line, or written out one after the other.</summary>
internal static class FilePieces
{
    /// <summary>Each with the line that it begins on. What cannot be told apart any more comes as one last piece.</summary>
    public static IEnumerable<(int Line, ReadOnlyMemory<byte> Piece)> Of(ReadOnlyMemory<byte> file) => HasDocumentOnFirstLine(file.Span) ? Lines(file) : Values(file);

    private static IEnumerable<(int Line, ReadOnlyMemory<byte> Piece)> Lines(ReadOnlyMemory<byte> file)
    {
        for (var number = 1; !file.IsEmpty; number++)
        {
            var end = file.Span.IndexOf((byte)'\n');
            var line = end < 0 ? file : file[..end];
            file = end < 0 ? default : file[(end + 1)..];
            if (!line.Span.Trim(" \t\r\n"u8).IsEmpty) yield return (number, line);
        }
    }

    private static IEnumerable<(int Line, ReadOnlyMemory<byte> Piece)> Values(ReadOnlyMemory<byte> file)
    {
        file = file[(file.Length - StrictJson.WithoutByteOrderMark(file.Span).Length)..];
        for (var number = 1; ;)
        {
            var blank = file.Span.IndexOfAnyExcept(" \t\r\n"u8);
            if (blank < 0) yield break;
            number += file.Span[..blank].Count((byte)'\n');
            file = file[blank..];
            var end = EndOfFirst(file.Span);
            yield return (number, file[..end]);
            number += file.Span[..end].Count((byte)'\n');
            file = file[end..];
        }
    }

    private static int EndOfFirst(ReadOnlySpan<byte> file)
    {
        var reader = new Utf8JsonReader(file, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth + 1 }));
        try
        {
            while (reader.Read())
                if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return (int)reader.BytesConsumed;
        }
        catch (JsonException)
        {
            // The reader of this piece says what is wrong with it.
        }

        return file.Length;
    }

    private static bool HasDocumentOnFirstLine(ReadOnlySpan<byte> file)
    {
        var start = file.IndexOf((byte)'{');
        var end = start < 0 ? -1 : file[start..].IndexOf((byte)'\n');
        return end > 0 && StrictJson.Parse(file.Slice(start, end)) is Parsed<JsonElement>.Ok;
    }
}
