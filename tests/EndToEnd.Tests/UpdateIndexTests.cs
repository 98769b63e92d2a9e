using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Functions.UpdateIndex;
using Pipeline.Infra.Queue;
using Pipeline.Infra.Search;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The function behind the queue <c>index-updates</c>.</summary>
public sealed class UpdateIndexTests
{
    private static readonly byte[] s_message = Encoding.UTF8.GetBytes(IndexMessage.Of(7).Body.ToJsonString(LedgerJson.Options));

    [Fact]
    public async Task A_message_has_all_taken_in_that_comes_meanwhile()
    {
        var upkeep = new StandInUpkeep { Behind = 3 };
        (await HandleAsync(upkeep, s_message)).ShouldBe(Completion.Nothing);
        (upkeep.Behind, upkeep.Looks).ShouldBe((0, 3));

        (await HandleAsync(upkeep, s_message)).ShouldBe(Completion.Nothing);
    }

    [Fact]
    public async Task Who_finds_another_at_it_leaves()
    {
        var upkeep = new StandInUpkeep { Behind = 3, IsHeld = true };
        (await HandleAsync(upkeep, s_message)).ShouldBe(Completion.Nothing);
        upkeep.Looks.ShouldBe(1);
    }

    [Fact]
    public async Task An_index_that_is_away_gets_the_message_again()
    {
        var upkeep = new StandInUpkeep { Behind = 1, Away = new("the search service is too busy (503)") };
        (await HandleAsync(upkeep, s_message)).ShouldBeOfType<Completion.Retry>().Reason.ShouldContain("503");
    }

    [Fact]
    public async Task While_the_index_is_away_no_hint_becomes_a_dead_letter()
    {
        var upkeep = new StandInUpkeep { Behind = 1, Away = new("the search service is too busy (503)") };
        var most = new QueueOptions().MaxDeliveries;
        (await HandleAsync(upkeep, s_message, most - 2)).ShouldBeOfType<Completion.Retry>();
        (await HandleAsync(upkeep, s_message, most - 1)).ShouldBe(Completion.Nothing);
        (await HandleAsync(upkeep, s_message, most)).ShouldBe(Completion.Nothing);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{\"type\":\"com.skillpipeline.curation.v1\",\"subject\":\"family\"}")]
    public async Task What_is_no_such_message_is_poison(string body) =>
        (await HandleAsync(new(), Encoding.UTF8.GetBytes(body))).ShouldBeOfType<Completion.Poison>().Code.ShouldBe("index-message");

    private static Task<Completion> HandleAsync(StandInUpkeep upkeep, byte[] body, int delivery = 1) =>
        new UpdateIndexHandler(upkeep).Handle(new(new TriggerMessage(body, "1", delivery, "")), CancellationToken.None);
}
