using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.LedgerApi;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class EventSummaryTests
{
    public static IEnumerable<TheoryDataRow<string>> Aliases => EventCatalogue.Default.Aliases.Select(alias => new TheoryDataRow<string>(alias));

    [Theory]
    [MemberData(nameof(Aliases))]
    public void Every_kind_of_event_is_told_in_a_few_words(string alias)
    {
        var sample = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Domain.Tests", "Samples", "events"), $"{alias}*.json").First();
        var @event = EventCatalogue.Default.Read(alias, File.ReadAllText(sample));

        @event.ShouldNotBeOfType<UnknownEvent>();
        EventSummary.Of(@event).Length.ShouldBeInRange(1, 200);
    }
}
