using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Tests;

/// <summary>Given a history, when a command comes, then these events, or nothing, or a refusal.</summary>
internal sealed class Spec<TState, TCommand>(Func<IEnumerable<ILedgerEvent>, TState> fold, Func<TCommand, TState, Decision> decide)
{
    public Scenario Given(params IEnumerable<ILedgerEvent> history) => new([.. history], fold, decide);

    internal sealed record Scenario(
        IReadOnlyList<ILedgerEvent> History, Func<IEnumerable<ILedgerEvent>, TState> Fold, Func<TCommand, TState, Decision> Decide)
    {
        public Answer When(TCommand command) => new(this, command, Decide(command, Fold(History)));
    }

    internal sealed record Answer(Scenario Scenario, TCommand Command, Decision Decision)
    {
        /// <summary>These events, and the same command once more yields none.</summary>
        public TState Then(params ILedgerEvent[] expected)
        {
            EventText.Of(Events()).ShouldBe(EventText.Of(expected));
            var after = Scenario.Fold(Scenario.History.Concat(expected));
            Events(Scenario.Decide(Command, after)).ShouldBeEmpty("the command is in effect already");
            return after;
        }

        public void ThenNothing() => Events().ShouldBeEmpty();

        public void ThenRefused(string code)
        {
            var refused = Decision.ShouldBeOfType<Decision.Refused>();
            refused.Code.ShouldBe(code);
            refused.Message.ShouldNotBeNullOrWhiteSpace();
        }

        private IReadOnlyList<ILedgerEvent> Events() => Events(Decision);

        private static IReadOnlyList<ILedgerEvent> Events(Decision decision) => decision.ShouldBeOfType<Decision.Accepted>().Events;
    }
}

/// <summary>Events as text, to compare them by content: records compare the lists that they hold by reference.</summary>
internal static class EventText
{
    public static string Of(ILedgerEvent @event) => $"{EventCatalogue.Default.AliasOf(@event)} {Canonical(EventCatalogue.Write(@event))}";

    public static string Of(IEnumerable<ILedgerEvent> events) => string.Join('\n', events.Select(Of));

    public static string Canonical(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return CanonicalJson.Text(document.RootElement);
    }

    /// <summary>What the store would give back.</summary>
    public static ILedgerEvent Stored(ILedgerEvent @event) =>
        EventCatalogue.Default.Read(EventCatalogue.Default.AliasOf(@event), EventCatalogue.Write(@event));
}
