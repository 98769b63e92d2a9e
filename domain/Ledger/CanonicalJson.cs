using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipeline.Domain.Ledger;

/// <summary>JSON Canonicalization Scheme (RFC 8785): the one text of a JSON value, so that equal values have equal digests.</summary>
/// <remarks>Numbers are doubles: integers beyond 2^53 and longer decimals do not survive. A number beyond the range of a double
/// (<see cref="ArgumentException"/>) and a lone surrogate (<see cref="InvalidOperationException"/>) have no canonical text.</remarks>
public static class CanonicalJson
{
    public static byte[] Utf8(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static string Text(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    public static string Text<T>(T value) => Text(JsonSerializer.SerializeToElement(value, LedgerJson.Options));

    public static string DigestOf<T>(T value) => Digest.Of(Text(value));

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, text);
                break;
            case JsonValueKind.Array:
                text.Append('[');
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first) text.Append(',');
                    first = false;
                    Write(item, text);
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteString(value.GetString()!, text);
                break;
            case JsonValueKind.Number:
                text.Append(Number(value.GetDouble()));
                break;
            default:
                text.Append(value.ValueKind switch
                {
                    JsonValueKind.True => "true",
                    JsonValueKind.False => "false",
                    _ => "null",
                });
                break;
        }
    }

    // RFC 8785, 3.2.3: by UTF-16 code units, which is .NET's ordinal order.
    private static void WriteObject(JsonElement value, StringBuilder text)
    {
        text.Append('{');
        var first = true;
        foreach (var property in value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            if (!first) text.Append(',');
            first = false;
            WriteString(property.Name, text);
            text.Append(':');
            Write(property.Value, text);
        }
        text.Append('}');
    }

    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }

    /// <summary>A double as ECMAScript's Number::toString writes it (RFC 8785, 3.2.2.3).</summary>
    /// <exception cref="ArgumentException">NaN or infinite: not JSON.</exception>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentException("NaN and infinities are not JSON", nameof(value));
        if (value == 0) return "0";
        if (value < 0) return "-" + Number(-value);

        var (digits, n) = Scientific(Shortest(value));
        return Layout(digits, n);
    }

    /// <summary>A positive number as ECMAScript lays it out, from its significant digits and where its point is (<see cref="Scientific"/>).</summary>
    internal static string Layout(string digits, int n)
    {
        if (digits.Length <= n && n <= 21) return digits + new string('0', n - digits.Length);
        if (n is > 0 and <= 21) return $"{digits[..n]}.{digits[n..]}";
        if (n is > -6 and <= 0) return "0." + new string('0', -n) + digits;
        var mantissa = digits.Length == 1 ? digits : $"{digits[..1]}.{digits[1..]}";
        return $"{mantissa}e{(n > 0 ? "+" : "-")}{Math.Abs(n - 1).ToString(CultureInfo.InvariantCulture)}";
    }

    // "R" yields the shortest digits that read back as the same double, as ECMAScript wants, but for two powers of two
    // (2 to the -25 and -958), of whose 17 digits it drops the last.
    private static string Shortest(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return double.Parse(text, CultureInfo.InvariantCulture).Equals(value) ? text : value.ToString("E16", CultureInfo.InvariantCulture);
    }

    /// <summary>The significant digits d of a positive number, and n such that it is 0.d times ten to the n.</summary>
    internal static (string Digits, int N) Scientific(string text)
    {
        var e = text.IndexOf('E', StringComparison.Ordinal);
        var mantissa = e < 0 ? text : text[..e];
        var exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa : mantissa[..point];
        var all = point < 0 ? whole : whole + mantissa[(point + 1)..];
        var digits = all.TrimStart('0');
        return (digits.TrimEnd('0'), exponent + whole.Length - (all.Length - digits.Length));
    }
}
