using Pipeline.Domain.Validation.Security;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Pipeline.Infra.Security;

/// <summary>A text of a file, and the line that it begins on.</summary>
internal sealed class PlacedText : IYamlConvertible
{
    public string Text { get; private set; } = "";
    public long Line { get; private set; }

    public void Read(IParser parser, Type expectedType, ObjectDeserializer nestedObjectDeserializer)
    {
        var scalar = parser.Consume<Scalar>();
        (Text, Line) = (scalar.Value, scalar.Start.Line);
    }

    public void Write(IEmitter emitter, ObjectSerializer nestedObjectSerializer) => emitter.Emit(new Scalar(Text));
}

/// <summary>A file of rules as YAML has it.</summary>
internal sealed class Content
{
    public string? Id { get; set; }
    public int Version { get; set; }
    public LimitsContent? Limits { get; set; }
    public VerdictContent? Verdict { get; set; }
    public List<string>? Packages { get; set; }
    public Dictionary<string, PlacedText>? Fragments { get; set; }
    public List<SignalContent>? Signals { get; set; }
    public List<RuleContent>? Rules { get; set; }
}

internal sealed class LimitsContent
{
    public int Files { get; set; }
    public int FileBytes { get; set; }
    public long TotalBytes { get; set; }
    public int Depth { get; set; }
    public int Ratio { get; set; }
    public int DecodedBytes { get; set; }
}

internal sealed class VerdictContent
{
    public Severity FlagAt { get; set; }
    public List<int>? Weights { get; set; }
    public int Score { get; set; }
    public int Classes { get; set; }
}

internal sealed class SignalContent
{
    public PlacedText? Id { get; set; }
    public List<PlacedText>? In { get; set; }
    public List<PlacedText>? Patterns { get; set; }
    public List<PlacedText>? Unless { get; set; }

    public SecuritySignal ToSignal(SortedDictionary<string, string> fragments) =>
        new(Id?.Text ?? throw new SecurityRuleFileException("a signal has no id"), Contexts.Of(In), Texts.Filled(Patterns, fragments), Texts.Filled(Unless, fragments));
}

internal sealed class RuleContent
{
    public PlacedText? Id { get; set; }
    public string? Class { get; set; }
    public Severity? Severity { get; set; }
    public string? What { get; set; }
    public string? Why { get; set; }
    public List<PlacedText>? In { get; set; }
    public List<PlacedText>? Weak { get; set; }
    public List<PlacedText>? Patterns { get; set; }
    public List<PlacedText>? Unless { get; set; }
    public List<string>? All { get; set; }
    public List<string>? None { get; set; }
    public Reach? Within { get; set; }
    public int? Lines { get; set; }
    public string? Measure { get; set; }

    public SecurityRule ToRule(SortedDictionary<string, string> fragments)
    {
        var id = Id?.Text ?? throw new SecurityRuleFileException("a rule has no id");
        return new(id, Class ?? "", Severity ?? throw new SecurityRuleFileException($"line {Id.Line}: {id} says no severity"), What ?? "", Why ?? "",
            Contexts.Of(In), Contexts.Of(Weak), Texts.Filled(Patterns, fragments), Texts.Filled(Unless, fragments), All ?? [], None ?? [],
            Within ?? Reach.Near, Lines ?? DefaultLines, Measure ?? "");
    }

    private const int DefaultLines = 12;
}

internal static class Texts
{
    public static IReadOnlyList<string> Filled(List<PlacedText>? patterns, SortedDictionary<string, string> fragments) =>
        [.. (patterns ?? []).Select(p => SecurityRuleFiles.Filled(p.Text, fragments))];
}

/// <summary>Contexts by name, and names for several.</summary>
internal static class Contexts
{
    private const TextContext Unseen = TextContext.Hidden | TextContext.Decoded;

    public static TextContext Of(List<PlacedText>? names) => (names ?? []).Aggregate(TextContext.None, (all, name) => all | Of(name));

    private static TextContext Of(PlacedText name) => name.Text switch
    {
        "text" => TextContext.Prose | TextContext.Frontmatter | TextContext.Config | TextContext.Comment | Unseen,
        "orders" => TextContext.Bare | TextContext.Frontmatter | TextContext.Config | TextContext.Comment | Unseen,
        "code" => TextContext.Block | TextContext.Inline | TextContext.Script | TextContext.Config | Unseen,
        "program" => TextContext.Script | TextContext.Decoded,
        "any" => (TextContext)((int)TextContext.Path - 1),
        var one when Enum.TryParse<TextContext>(one, ignoreCase: true, out var context) && !one.Any(char.IsAsciiDigit) => context,
        var unknown => throw new SecurityRuleFileException($"line {name.Line}: there is no context {unknown}"),
    };
}
