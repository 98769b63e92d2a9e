using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Tests.Episodes;

public sealed class HandOverTests
{
    [Theory]
    [InlineData("transfer_to_human_agents")]
    [InlineData("shop-transfer-to-human-agents")]
    [InlineData("handoff")]
    [InlineData("handOffToBilling")]
    [InlineData("hand_over")]
    [InlineData("escalateToSupervisor")]
    [InlineData("mcp__desk__connect_live_agent")]
    [InlineData("delegate_case_to_specialist")]
    [InlineData("escalate")]
    public void A_call_that_gives_the_task_away_is_told_by_its_name(string name) => HandOver.IsNamed(name).ShouldBeTrue();

    [Theory]
    [InlineData("transfer_funds")]
    [InlineData("transfer_history")]
    [InlineData("create_agent")]
    [InlineData("assign_support_ticket")]
    [InlineData("hand_in_form")]
    [InlineData("forward_email_to_team")]
    [InlineData("transfer_funds_to_person")]
    [InlineData("connect_team_calendar")]
    [InlineData("escalate_ticket_priority")]
    [InlineData("route_parcel")]
    [InlineData("")]
    public void A_call_that_does_something_itself_is_none(string name) => HandOver.IsNamed(name).ShouldBeFalse();
}
