using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>JSON from outside (RFC 8259, within I-JSON, RFC 7493): one meaning for every reader, or none.</summary>
/// <remarks>
/// Refused, beside what is not JSON: duplicate names, U+0000 and lone surrogates (PostgreSQL stores neither), numbers no double
/// holds (canonical JSON has no others), and nesting deeper than <see cref="MaxDepth"/>. A byte order mark is stepped over.
/// </remarks>
public static class StrictJson
{
    /// <summary>What System.Text.Json reads unless told otherwise: what passes here is readable everywhere behind.</summary>
    public const int MaxDepth = 64;

    private const int SmallObject = 100;

    /// <summary>Reads one document. The bytes are copied: the caller may reuse them.</summary>
    public static Parsed<JsonElement> Parse(ReadOnlySpan<byte> utf8)
    {
        utf8 = WithoutByteOrderMark(utf8);
        if (!Utf8.IsValid(utf8)) return new InputError("json-encoding", "The bytes are not UTF-8. Send JSON encoded as UTF-8.");
        return Fault(utf8) is { } fault ? fault : JsonElement.Parse(utf8);
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static Parsed<JsonElement> Parse(string text)
    {
        // The encoder would quietly make a replacement character of it.
        try
        {
            return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text));
        }
        catch (EncoderFallbackException)
        {
            return LoneSurrogate;
        }
    }

    internal static ReadOnlySpan<byte> WithoutByteOrderMark(ReadOnlySpan<byte> utf8) => utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;

    private static InputError LoneSurrogate { get; } =
        new("json-surrogate", "A string has half of a surrogate pair. Send whole characters.");

    private static InputError? Fault(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Trim(" \t\r\n"u8).IsEmpty) return new("json-empty", "There is nothing here. Send one JSON document.");
        var reader = Reader(utf8, isFinal: true);
        var names = new List<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                if (FaultOf(ref reader, names) is { } fault)
                    return fault with { Message = $"{fault.Message} ({Position(utf8, reader.TokenStartIndex)})" };
                if (reader.CurrentDepth == 0 && reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) break;
            }
        }
        catch (JsonException) when (EndsTooEarly(utf8))
        {
            return new("json-truncated", $"The JSON ends too early ({Position(utf8, utf8.Length)}). Send the whole document.");
        }
        catch (JsonException e)
        {
            return new("json-malformed", $"This is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}). Send one JSON document.");
        }

        return utf8[(int)reader.BytesConsumed..].Trim(" \t\r\n"u8).IsEmpty ? null
            : new("json-trailing", $"Something follows the JSON document ({Position(utf8, reader.BytesConsumed)}). Send one document; several belong in a batch or in JSON lines.");
    }

    private static bool EndsTooEarly(ReadOnlySpan<byte> utf8)
    {
        var reader = Reader(utf8, isFinal: false);
        try
        {
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // One level more than allowed, so that the depth is refused by us, with a code of its own.
    private static Utf8JsonReader Reader(ReadOnlySpan<byte> utf8, bool isFinal) =>
        new(utf8, isFinal, new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth + 1 }));

    private static InputError? FaultOf(ref Utf8JsonReader reader, List<HashSet<string>> names)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                if (reader.CurrentDepth >= MaxDepth)
                    return new("json-depth", $"The JSON is nested deeper than {MaxDepth} levels. Flatten it, or send the deep part as a string.");
                while (names.Count <= reader.CurrentDepth) names.Add(new(StringComparer.Ordinal));
                // Clearing costs what the largest object so far had, which would let one of them slow down all that follow.
                if (names[reader.CurrentDepth].Capacity > SmallObject) names[reader.CurrentDepth] = new(StringComparer.Ordinal);
                else names[reader.CurrentDepth].Clear();
                return null;
            case JsonTokenType.PropertyName:
                return TextFault(ref reader)
                    ?? (names[reader.CurrentDepth - 1].Add(reader.GetString()!) ? null
                        : new("json-duplicate-name", "An object has the same name twice. Readers differ on which one counts: send it once."));
            case JsonTokenType.String:
                return TextFault(ref reader);
            case JsonTokenType.Number:
                return double.IsFinite(reader.GetDouble()) ? null
                    : new("json-number", "A number is too large for a double. Send it as a string.");
            default:
                return null;
        }
    }

    // Raw bytes are valid UTF-8 without control characters here, so only an escape can spell what must not be.
    private static InputError? TextFault(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return null;
        var text = reader.ValueSpan;
        var awaitsLow = false;
        for (var i = 0; i < text.Length; i++)
        {
            var unit = -1;
            if (text[i] == '\\' && text[i + 1] == 'u') unit = int.Parse(text[(i + 2)..(i + 6)], System.Globalization.NumberStyles.HexNumber, null);
            var isLow = unit is >= 0xDC00 and <= 0xDFFF;
            if (isLow != awaitsLow) return LoneSurrogate;
            if (unit == 0) return new("json-nul", "A string has the character U+0000, which cannot be stored. Leave it out.");
            awaitsLow = unit is >= 0xD800 and <= 0xDBFF;
            if (text[i] == '\\') i += unit < 0 ? 1 : 5;
        }

        return awaitsLow ? LoneSurrogate : null;
    }

    private static string Position(ReadOnlySpan<byte> utf8, long index)
    {
        var before = utf8[..(int)index];
        return $"line {before.Count((byte)'\n') + 1}, byte {before.Length - before.LastIndexOf((byte)'\n')}";
    }
}
