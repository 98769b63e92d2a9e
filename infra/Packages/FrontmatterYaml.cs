using Pipeline.Domain.Validation.Spec;
using Pipeline.Infra.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.Infra.Packages;

/// <summary>The YAML of a frontmatter with every scalar as text: what it says, and apart from that the first thing in it that strict YAML refuses.</summary>
/// <remarks>Read event by event: a tree of what somebody else wrote can be deeper than the stack and, by its aliases, wider than the memory.</remarks>
internal sealed class FrontmatterYaml
{
    public const int Longest = 64 * 1024;

    private const int Deepest = 32;
    private const string MergeKey = "<<";
    private static readonly FrontmatterValue.Scalar Nothing = new("");

    private readonly string yaml;
    private readonly Dictionary<AnchorName, FrontmatterValue.Scalar> anchored = [];
    private Mark last = Mark.Empty;

    // What a reader meets on its way, and what it finds when it puts the values together afterwards.
    private YamlFault? met;
    private YamlFault? found;

    private FrontmatterYaml(string yaml) => this.yaml = yaml;

    /// <summary>Null where the text is no mapping, or broken.</summary>
    public FrontmatterValue.Mapping? Mapping { get; private set; }

    /// <summary>Why strict YAML would not have it; null where it would.</summary>
    public YamlFault? Fault => met ?? found;

    public static FrontmatterYaml Read(string yaml)
    {
        var read = new FrontmatterYaml(yaml);
        if (yaml.Length > Longest) read.met = YamlFault.Of($"it has more than {Longest} characters");
        else read.Read();
        return read;
    }

    private void Read()
    {
        try
        {
            if (yaml.AsSpan().IndexOfAnyInRange('\0', '\b') is >= 0 and var at) Meet(YamlFault.At("special characters are not allowed", yaml, at));
            var parser = new Parser(new StringReader(yaml));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return;
            var start = parser.Consume<DocumentStart>().End;
            if (parser.Accept<ParsingEvent>(out var first)) start = first.Start;
            Mapping = Node(parser, 0) as FrontmatterValue.Mapping;
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _) && parser.Consume<DocumentStart>() is { } next)
                Meet(YamlFault.Between("expected a single document in the stream", "but found another document", yaml, start.Index, Math.Max(next.End.Index, last.Index)));
        }
        catch (Exception e) when (BrokenYaml.Is(e))
        {
            Mapping = null;
            // The scanner looks ahead, and may have stumbled over what is within brackets before it told of them.
            if (NextToken((int)last.Index) is var next && next < yaml.Length && yaml[next] is '[' or '{') MeetFlow(next);
            Meet(e is YamlException broken ? YamlFault.Of(broken, yaml) : YamlFault.Of(BrokenYaml.Reason(e)));
        }
    }

    private FrontmatterValue Node(Parser parser, int depth)
    {
        if (depth > Deepest) throw new YamlException(last, last, $"nested deeper than {Deepest}");
        var next = parser.Consume<ParsingEvent>();
        RefuseTab(next.Start);
        (var at, last) = ((int)next.Start.Index, next.Start);
        if (next is AnchorAlias alias)
        {
            Meet(YamlFault.At($"found undefined alias '{alias.Value}'", yaml, at));
            return anchored.GetValueOrDefault(alias.Value, Nothing);
        }
        // The parser's events do not always balance.
        if (next is not NodeEvent node) throw new YamlException(next.Start, next.End, "expected a value, but found none");
        RefuseProperties(node, at);
        if (node is Scalar scalar)
        {
            var text = new FrontmatterValue.Scalar(scalar.Value);
            if (!scalar.Anchor.IsEmpty) anchored[scalar.Anchor] = text;
            last = scalar.End;
            return text;
        }
        if (node is MappingStart { Style: MappingStyle.Flow } or SequenceStart { Style: SequenceStyle.Flow })
            MeetFlow(at);
        return node is SequenceStart ? Sequence(parser, depth) : Fields(parser, depth);
    }

    private FrontmatterValue.Sequence Sequence(Parser parser, int depth)
    {
        var items = new List<FrontmatterValue>();
        while (!parser.Accept<SequenceEnd>(out _)) items.Add(Node(parser, depth + 1));
        parser.Consume<SequenceEnd>();
        return new(items);
    }

    private FrontmatterValue.Mapping Fields(Parser parser, int depth)
    {
        var fields = new Dictionary<string, FrontmatterValue>(StringComparer.Ordinal);
        long? column = null;
        while (!parser.Accept<MappingEnd>(out _))
        {
            parser.Accept<ParsingEvent>(out var start);
            var key = Node(parser, depth + 1);
            var end = last;
            if (parser.Accept<MappingStart>(out var inner) && inner.Start.Column != (column ??= inner.Start.Column))
                Find(YamlFault.At("Found mapping with indentation inconsistent with previous mapping", yaml, (int)inner.Start.Index));
            var value = Node(parser, depth + 1);
            if (key is not FrontmatterValue.Scalar { Text: var name }) Find(YamlFault.At("found unhashable key", yaml, (int)start!.Start.Index));
            else if (name == MergeKey)
            {
                if (value is FrontmatterValue.Scalar) Find(YamlFault.At("expected a mapping or list of mappings for merging, but found scalar", yaml, (int)end.Index));
            }
            else if (!fields.TryAdd(name, value))
                Find(YamlFault.Between("While parsing", $"Duplicate key '{name}' found", yaml, (int)start!.Start.Index, (int)end.Index));
        }
        parser.Consume<MappingEnd>();
        return new(fields);
    }

    private void RefuseProperties(NodeEvent node, int at)
    {
        if (!node.Anchor.IsEmpty)
            Meet(YamlFault.Between(
                "While scanning", "Found confusing disallowed anchor token (surround with ' and ' to make text appear literally)", yaml, at, at + 1 + node.Anchor.Value.Length));
        else if (!node.Tag.IsEmpty)
            Meet(YamlFault.Between(
                "While scanning", "Found disallowed tag tokens (do not specify types in markup)", yaml, TagEnd(at), at));
    }

    private void MeetFlow(int at) => Meet(YamlFault.Between(
        "While scanning", "Found ugly disallowed JSONesque flow mapping (surround with ' and ' to make text appear literally)", yaml, at, at + 1));

    private int NextToken(int at)
    {
        for (; at < yaml.Length; at++)
        {
            if (yaml[at] == '#') while (at < yaml.Length && yaml[at] != '\n') at++;
            else if (!char.IsWhiteSpace(yaml[at]) && !(yaml[at] is ':' or '-' or '?' && (at + 1 == yaml.Length || char.IsWhiteSpace(yaml[at + 1])))) return at;
        }
        return at;
    }

    private int TagEnd(int at)
    {
        while (at < yaml.Length && !char.IsWhiteSpace(yaml[at])) at++;
        return at;
    }

    // YAML 1.2 lets a tab stand between a key and its value; the reference's scanner does not.
    private void RefuseTab(Mark until)
    {
        for (var i = (int)last.Index; i < until.Index && i < yaml.Length; i++)
        {
            if (yaml[i] == '#') while (i < yaml.Length && yaml[i] != '\n') i++;
            else if (yaml[i] == '\t') Meet(YamlFault.At("while scanning for the next token\nfound character '\\t' that cannot start any token", yaml, i));
        }
    }

    private void Meet(YamlFault fault) => met ??= fault;

    private void Find(YamlFault fault) => found ??= fault;
}
