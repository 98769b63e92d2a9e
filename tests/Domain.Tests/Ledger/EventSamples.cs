using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Tests.Ledger;

/// <summary>Stored JSON of every event type that ever was, read forever. A file is named <c>{alias}.json</c>, or
/// <c>{alias}.{variant}.json</c> for another shape of the same type. A sample is never edited: what changed gets a new one.</summary>
public sealed class EventSamples
{
    private static readonly string Folder = Repository.Path("tests", "Domain.Tests", "Samples", "events");

    public static TheoryData<string> Aliases => [.. EventCatalogue.Default.Aliases];

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileName(f))];

    /// <summary>All samples, as events.</summary>
    internal static IReadOnlyList<ILedgerEvent> All { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal).Select(f => EventCatalogue.Default.Read(AliasOf(f), File.ReadAllText(f)))];

    [Theory, MemberData(nameof(Aliases))]
    public void Every_event_type_has_a_sample(string alias) => File.Exists(Path.Combine(Folder, $"{alias}.json")).ShouldBeTrue();

    [Theory, MemberData(nameof(Files))]
    public void Every_sample_is_read_as_the_record_of_its_alias(string file)
    {
        var read = EventCatalogue.Default.Read(AliasOf(file), Text(file));

        read.ShouldNotBeOfType<UnknownEvent>();
        EventCatalogue.Default.AliasOf(read).ShouldBe(AliasOf(file));
    }

    [Theory, MemberData(nameof(Aliases))]
    public void A_sample_is_written_as_it_was_read(string alias) => WrittenAgain($"{alias}.json").ShouldBe(EventText.Canonical(Text($"{alias}.json")));

    [Fact]
    public void A_merge_undone_on_a_released_skill_is_written_as_it_was_read() =>
        WrittenAgain("merge_undone.released.json").ShouldBe(EventText.Canonical(Text("merge_undone.released.json")));

    [Fact]
    public void A_functional_family_is_written_as_it_was_before_there_were_others() =>
        WrittenAgain("family_opened.functional.json").ShouldBe(EventText.Canonical(Text("family_opened.functional.json")));

    [Theory, MemberData(nameof(Aliases))]
    public void A_sample_fills_every_field_of_its_record(string alias)
    {
        var record = EventCatalogue.Default.Read(alias, Text($"{alias}.json")).GetType();

        Empty(JsonNode.Parse(Text($"{alias}.json")), LedgerJson.Options.GetTypeInfo(record), alias).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Aliases))]
    public void A_member_that_this_program_does_not_know_is_passed_over(string alias)
    {
        var widened = JsonNode.Parse(Text($"{alias}.json"))!.AsObject();
        widened["addedByANewerVersion"] = new JsonObject { ["a"] = 1 };

        EventText.Of(EventCatalogue.Default.Read(alias, widened.ToJsonString())).ShouldBe($"{alias} {EventText.Canonical(Text($"{alias}.json"))}");
    }

    [Theory, MemberData(nameof(Aliases))]
    public void A_sample_without_one_of_its_members_is_read_whole_or_not_at_all(string alias)
    {
        var whole = JsonNode.Parse(Text($"{alias}.json"))!.AsObject();
        foreach (var member in whole.Select(m => m.Key))
        {
            var cut = whole.DeepClone().AsObject();
            cut.Remove(member);
            var read = EventCatalogue.Default.Read(alias, cut.ToJsonString());

            if (read is not UnknownEvent) EventText.Of(read).ShouldBe($"{alias} {EventText.Canonical(cut.ToJsonString())}", member);
        }
    }

    private static string AliasOf(string file) => Path.GetFileName(file).Split('.')[0];

    private static string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

    private static string WrittenAgain(string file) =>
        EventText.Canonical(EventCatalogue.Write(EventCatalogue.Default.Read(AliasOf(file), Text(file))));

    private static IEnumerable<string> Empty(JsonNode? node, JsonTypeInfo type, string at) => (node, type.Kind) switch
    {
        (null, _) => [at],
        (JsonObject value, JsonTypeInfoKind.Object) => type.Properties
            .Where(p => p.Get is not null)
            .SelectMany(p => Empty(value[p.Name], Info(p.PropertyType), $"{at}.{p.Name}")),
        (JsonObject { Count: 0 }, _) => [at],
        (JsonArray { Count: 0 }, _) => [at],
        (JsonArray values, JsonTypeInfoKind.Enumerable) => values.SelectMany((v, i) => Empty(v, Info(type.ElementType!), $"{at}[{i}]")),
        (JsonValue value, _) when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0 => [at],
        _ => [],
    };

    private static JsonTypeInfo Info(Type type) => LedgerJson.Options.GetTypeInfo(type);
}
