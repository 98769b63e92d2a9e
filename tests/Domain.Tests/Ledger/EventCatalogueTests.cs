using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Tests.Ledger;

public sealed class EventCatalogueTests
{
    private sealed record Moved(string Title, int Floor, string By) : ILedgerEvent;

    private static readonly EventCatalogue Third = new(
        new Dictionary<string, Type>(StringComparer.Ordinal) { ["moved_v3"] = typeof(Moved) },
        [
            new("moved", "moved_v2", old => new JsonObject { ["title"] = old["name"]!.DeepClone(), ["floor"] = old["floor"]!.DeepClone() }),
            new("moved_v2", "moved_v3", old =>
            {
                old["by"] = "unknown";
                old["floor"] = old["floor"]!.GetValue<int>() + 1;
                return old;
            }),
        ]);

    [Fact]
    public void The_oldest_form_comes_up_through_every_upcaster() =>
        Third.Read("moved", """{"name":"desk","floor":0}""").ShouldBe(new Moved("desk", 1, "unknown"));

    [Fact]
    public void A_form_in_between_comes_up_through_those_after_it() =>
        Third.Read("moved_v2", """{"title":"desk","floor":4}""").ShouldBe(new Moved("desk", 5, "unknown"));

    [Fact]
    public void The_form_of_today_is_read_as_it_is() =>
        Third.Read("moved_v3", """{"title":"desk","floor":4,"by":"ada"}""").ShouldBe(new Moved("desk", 4, "ada"));

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"name":"desk","floor":"cellar"}""")]
    [InlineData("""[1]""")]
    [InlineData("""null""")]
    [InlineData("""not json""")]
    public void An_old_form_that_no_upcaster_can_read_is_unknown_and_kept(string json) =>
        Third.Read("moved", json).ShouldBe(new UnknownEvent("moved", json));

    [Fact]
    public void An_unknown_alias_keeps_its_data_to_the_letter()
    {
        const string Json = """{ "b": 1.0,   "a": [ "ä" ] }""";

        var read = EventCatalogue.Default.Read("skill_sung", Json);

        read.ShouldBe(new UnknownEvent("skill_sung", Json));
        EventCatalogue.Write(read).ShouldBe(Json);
        EventCatalogue.Default.AliasOf(read).ShouldBe("skill_sung");
    }

    [Theory]
    [InlineData("""null""")]
    [InlineData("""[]""")]
    [InlineData("""{}""")]
    [InlineData("""{"version":2}""")]
    [InlineData("""{"version":2,"baseVersion":1,"content":null,"edits":[]}""")]
    [InlineData("""{"version":"two","baseVersion":1,"content":{},"edits":[]}""")]
    [InlineData("""garbage""")]
    public void Data_that_does_not_fit_its_record_is_unknown_and_kept(string json) =>
        EventCatalogue.Default.Read("skill_improved", json).ShouldBe(new UnknownEvent("skill_improved", json));

    [Theory]
    [InlineData("\"t9\"")]
    [InlineData("7")]
    [InlineData("\"7\"")]
    public void A_word_that_an_enumeration_does_not_have_makes_the_event_unknown(string tier)
    {
        var json = $$"""{"version":1,"packageDigest":"d","from":"q","to":{{tier}},"policy":"p","evidence":[],"denials":[]}""";

        EventCatalogue.Default.Read("tier_decided", json).ShouldBe(new UnknownEvent("tier_decided", json));
    }

    [Fact]
    public void What_has_no_alias_must_not_be_stored() =>
        Should.Throw<KeyNotFoundException>(() => EventCatalogue.Default.AliasOf(new Moved("desk", 1, "ada")));
}
