using System.Globalization;
using System.Text.Json;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>Notes the first thing that is wrong with a document, so that a reader can read on as if nothing were.</summary>
internal sealed class Findings
{
    public InputError? First { get; private set; }

    public void Note(InputError error) => First ??= error;
}

/// <summary>A value in a document, which knows where it stands. A member that is null counts as left out.</summary>
/// <param name="Pointer">Made of names of the format and of indexes only, never of names that the payload chose.</param>
internal readonly record struct Place(JsonElement Value, string Pointer, Findings Findings)
{
    public Place? Member(string name)
    {
        if (Value.ValueKind != JsonValueKind.Object || !Value.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Null ? null : new(value, $"{Pointer}/{name}", Findings);
    }

    public Place? Object(string name) => Typed(name, JsonValueKind.Object, "an object");

    public Place RequiredObject(string name) => Object(name) ?? Missing(name, "an object");

    public string? Text(string name) => Typed(name, JsonValueKind.String, "a string")?.Value.GetString();

    /// <returns>The empty string where it is missing, which is then noted.</returns>
    public string RequiredText(string name)
    {
        if (Text(name) is { } text && !string.IsNullOrWhiteSpace(text)) return text;
        Missing(name, "a string that is not empty");
        return "";
    }

    public long? Whole(string name)
    {
        if (Typed(name, JsonValueKind.Number, "a whole number") is not { } place) return null;
        if (place.Value.TryGetInt64(out var whole)) return whole;
        if (place.Value.GetDouble() is var real && real == Math.Floor(real) && Math.Abs(real) < 1L << 53) return (long)real;
        place.WrongType("a whole number");
        return null;
    }

    public double? Number(string name) => Typed(name, JsonValueKind.Number, "a number")?.Value.GetDouble();

    public bool? Flag(string name)
    {
        if (Member(name) is not { } place) return null;
        if (place.Value.ValueKind is JsonValueKind.True or JsonValueKind.False) return place.Value.GetBoolean();
        place.WrongType("true or false");
        return null;
    }

    public IEnumerable<Place> Items(string name) => Typed(name, JsonValueKind.Array, "an array")?.Items() ?? [];

    /// <summary>The items that are objects; any other is noted.</summary>
    public IEnumerable<Place> Objects(string name) => Items(name).Where(item => item.Is(JsonValueKind.Object, "an object"));

    public IEnumerable<Place> Items()
    {
        var (pointer, findings) = (Pointer, Findings);
        return Value.EnumerateArray().Select((item, i) => new Place(item, $"{pointer}/{i.ToString(CultureInfo.InvariantCulture)}", findings));
    }

    public void Refuse(string code, string message) => Findings.Note(new(code, message, Pointer));

    public void WrongType(string wanted) => Refuse("wrong-type", $"This must be {wanted}.");

    private Place? Typed(string name, JsonValueKind kind, string wanted) =>
        Member(name) is { } place && place.Is(kind, wanted) ? place : null;

    private bool Is(JsonValueKind kind, string wanted)
    {
        if (Value.ValueKind == kind) return true;
        WrongType(wanted);
        return false;
    }

    private Place Missing(string name, string wanted)
    {
        var place = new Place(default, $"{Pointer}/{name}", Findings);
        place.Refuse("missing-field", $"This is required: {wanted}.");
        return place;
    }
}
