using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>Canonical JSON of what a leaf is made of: RFC 8785, and beyond it the numbers that a double does not keep, so that there is a text for
/// everything that the database can hold and two values never have the same.</summary>
/// <remarks>A number that survives as a double is written as RFC 8785 says; any other with all its digits, laid out in the same way.</remarks>
internal static class LeafJson
{
    private const int MostDigitsOfEveryDouble = 15;
    private static readonly SearchValues<byte> PlainDigits = SearchValues.Create("0123456789"u8);

    public static void Write(JsonElement value, ArrayBufferWriter<byte> to)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, to);
                break;
            case JsonValueKind.Array:
                to.Write("["u8);
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first) to.Write(","u8);
                    first = false;
                    Write(item, to);
                }
                to.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteString(value, to);
                break;
            case JsonValueKind.Number:
                WriteNumber(JsonMarshal.GetRawUtf8Value(value), to);
                break;
            default:
                to.Write(value.ValueKind switch
                {
                    JsonValueKind.True => "true"u8,
                    JsonValueKind.False => "false"u8,
                    _ => "null"u8,
                });
                break;
        }
    }

    public static void Write(string? text, ArrayBufferWriter<byte> to)
    {
        if (text is null)
        {
            to.Write("null"u8);
            return;
        }
        to.Write("\""u8);
        var from = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('"' or '\\' or < ' ')) continue;
            WriteUtf8(text.AsSpan(from, i - from), to);
            WriteUtf8(Escaped(text[i]), to);
            from = i + 1;
        }
        WriteUtf8(text.AsSpan(from), to);
        to.Write("\""u8);
    }

    // RFC 8785, 3.2.3: by UTF-16 code units, which is .NET's ordinal order.
    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> to)
    {
        var properties = new List<(string Name, JsonElement Value)>(value.GetPropertyCount());
        foreach (var property in value.EnumerateObject()) properties.Add((property.Name, property.Value));
        properties.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        to.Write("{"u8);
        for (var i = 0; i < properties.Count; i++)
        {
            if (i > 0) to.Write(","u8);
            Write(properties[i].Name, to);
            to.Write(":"u8);
            Write(properties[i].Value, to);
        }
        to.Write("}"u8);
    }

    private static void WriteString(JsonElement value, ArrayBufferWriter<byte> to)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        // Without an escape it is in its canonical form: what must be escaped has been.
        if (!raw.Contains((byte)'\\')) to.Write(raw);
        else Write(value.GetString(), to);
    }

    private static void WriteNumber(ReadOnlySpan<byte> raw, ArrayBufferWriter<byte> to)
    {
        if (raw.Length <= MostDigitsOfEveryDouble && !raw.ContainsAnyExcept(PlainDigits)) to.Write(raw);
        else WriteUtf8(Number(Encoding.UTF8.GetString(raw)), to);
    }

    private static string Number(string text)
    {
        var negative = text[0] == '-';
        var (digits, n) = CanonicalJson.Scientific((negative ? text[1..] : text).ToUpperInvariant());
        return digits.Length == 0 ? "0" : (negative ? "-" : "") + CanonicalJson.Layout(digits, n);
    }

    private static string Escaped(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\f' => "\\f",
        '\r' => "\\r",
        _ => $"\\u{(int)c:x4}",
    };

    private static void WriteUtf8(ReadOnlySpan<char> text, ArrayBufferWriter<byte> to) => Encoding.UTF8.GetBytes(text, to);
}
