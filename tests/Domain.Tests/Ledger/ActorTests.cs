using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Tests.Ledger;

public sealed class ActorTests
{
    [Theory]
    [InlineData(ActorKind.Emitter, "urn:shop:agents")]
    [InlineData(ActorKind.Policy, "default@1")]
    [InlineData(ActorKind.Admin, "tid/oid")]
    [InlineData(ActorKind.Validator, "structure")]
    [InlineData(ActorKind.System, "")]
    public void An_actor_is_read_back_from_its_text(ActorKind kind, string id)
    {
        var actor = new Actor(kind, id);

        Actor.Parse(actor.ToString()).ShouldBe(actor);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData(":admin")]
    [InlineData("2:ada")]
    [InlineData("17:ada")]
    [InlineData(" admin:ada")]
    [InlineData("Admin:ada")]
    [InlineData("policy, admin:ada")]
    public void Text_that_names_no_role_is_an_emitter_of_that_name(string text) =>
        Actor.Parse(text).ShouldBe(new Actor(ActorKind.Emitter, text));
}
