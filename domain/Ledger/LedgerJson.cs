using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Pipeline.Domain.Ledger;

/// <summary>The one JSON configuration of everything that is stored: camelCase, enums as camelCase words, nulls left out.</summary>
public static class LedgerJson
{
    public static JsonSerializerOptions Options { get; } = Create(indented: false);

    /// <summary>The same, indented, for people to read.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            RespectNullableAnnotations = true,
            WriteIndented = indented,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireWhatHasNoNull } },
        };
        options.MakeReadOnly();
        return options;
    }

    // Nulls are left out when written, so what may be null may be missing. Anything else that is missing would become a null,
    // or a zero that nobody wrote.
    private static void RequireWhatHasNoNull(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (property is { Set: not null, AssociatedParameter: { HasDefaultValue: false, IsNullable: false } })
                property.IsRequired = true;
    }
}
