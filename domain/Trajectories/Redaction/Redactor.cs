using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Redaction;

/// <param name="Data">The data with placeholders such as <c>[email-1]</c> where private values were.</param>
/// <param name="Counts">How many values each pattern replaced, by the pattern's id; those that replaced none are left out.</param>
public sealed record Redacted(JsonElement Data, IReadOnlyDictionary<string, int> Counts);

/// <summary>Takes private values out of a payload before it is stored or queued. Redacting twice changes nothing more.</summary>
/// <remarks>Best effort, by pattern: names and addresses in free text stay, which is why payloads are encrypted as well.</remarks>
public sealed class Redactor
{
    private const string MemberPattern = "named-secret";
    private const string MemberKind = "secret";

    private readonly RedactionRules rules;
    private readonly Regex placeholder;

    private Redactor(RedactionRules rules)
    {
        this.rules = rules;
        placeholder = Placeholders.Form(rules.Patterns.Select(p => p.Kind).Distinct());
    }

    /// <summary>With the patterns that are shipped.</summary>
    public static Redactor Default { get; } = new(RedactionRules.Shipped());

    /// <summary>Redacts all strings of the data, names of members included, and whole numbers that are a card's.</summary>
    public Redacted Redact(JsonElement data)
    {
        var placeholders = new Placeholders(placeholder, () => Texts(data));
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
            new Walk(writer, placeholders, new TextRedaction(rules, placeholders), rules.SecretNames).Write(data);

        return placeholders.Counts.Count == 0
            ? new(data, placeholders.Counts)
            : new(JsonElement.Parse(buffer.WrittenSpan, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth }), placeholders.Counts);
    }

    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Texts(member.Value).Prepend(member.Name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [value.GetString()!],
        _ => [],
    };

    private sealed class Walk(Utf8JsonWriter writer, Placeholders placeholders, TextRedaction redaction, IReadOnlySet<string> secretNames)
    {
        private const int ShortestName = 3;
        private const int LongestName = 40;

        public void Write(JsonElement value)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    WriteObject(value);
                    break;
                case JsonValueKind.Array:
                    writer.WriteStartArray();
                    foreach (var item in value.EnumerateArray()) Write(item);
                    writer.WriteEndArray();
                    break;
                case JsonValueKind.String:
                    writer.WriteStringValue(redaction.Redact(value.GetString()!));
                    break;
                case JsonValueKind.Number when IsCard(value):
                    writer.WriteStringValue(placeholders.For("card", "card", value.GetRawText()));
                    break;
                default:
                    value.WriteTo(writer);
                    break;
            }
        }

        private void WriteObject(JsonElement value)
        {
            writer.WriteStartObject();
            Dictionary<string, int>? spellings = null;
            foreach (var member in value.EnumerateObject())
            {
                var original = member.Name;
                var name = redaction.Redact(original);
                // Two spellings of one address become one name, and the object would lose a member.
                if (!ReferenceEquals(name, original)) name = Distinct(name, spellings ??= new(StringComparer.Ordinal));
                writer.WritePropertyName(name);
                if (IsSecret(original, member.Value)) writer.WriteStringValue(placeholders.For(MemberPattern, MemberKind, Text(member.Value)));
                else Write(member.Value);
            }

            writer.WriteEndObject();
        }

        private static string Distinct(string name, Dictionary<string, int> spellings)
        {
            if (spellings.TryAdd(name, 1)) return name;
            string numbered;
            do
            {
                numbered = $"{name} ({(++spellings[name]).ToString(CultureInfo.InvariantCulture)})";
            }
            while (!spellings.TryAdd(numbered, 1));

            return numbered;
        }

        private bool IsSecret(string name, JsonElement value) =>
            value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            && name.Length is >= ShortestName and <= LongestName
            && secretNames.Contains(string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant())
            && Text(value) is { Length: > 0 } text
            && !placeholders.Existing(text).Any(range => range.Start.Value == 0 && range.End.Value == text.Length);

        private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

        private static bool IsCard(JsonElement number)
        {
            var raw = number.GetRawText();
            return raw.All(char.IsAsciiDigit) && Narrowing.IsCard(raw);
        }
    }
}
