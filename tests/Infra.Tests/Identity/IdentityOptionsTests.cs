using Pipeline.Infra.Identity;

namespace Pipeline.Infra.Tests.Identity;

public sealed class IdentityOptionsTests
{
    private static readonly Dictionary<string, string?> s_good = new()
    {
        ["Issuer"] = "https://login.microsoftonline.com/t/v2.0",
        ["Audience"] = "client",
        ["Tenant"] = "t",
    };

    [Fact]
    public void Without_any_setting_nobody_signs_in() => IdentityOptions.Read([]).ShouldBeNull();

    [Fact]
    public void The_keys_are_found_by_the_issuer_unless_it_is_said_where_they_are()
    {
        IdentityOptions.Read(s_good)!.Metadata.ShouldBe(new Uri("https://login.microsoftonline.com/t/v2.0/.well-known/openid-configuration"));
        IdentityOptions.Read(new Dictionary<string, string?>(s_good) { ["Metadata"] = "https://elsewhere.test/keys" })!.Metadata.ShouldBe(new Uri("https://elsewhere.test/keys"));
    }

    [Theory]
    [InlineData("Issuer", "", "Identity:Issuer is not set")]
    [InlineData("Audience", "", "Identity:Audience is not set")]
    [InlineData("Tenant", "", "Identity:Tenant is not set")]
    [InlineData("Tenant", "a/b", "Identity:Tenant is the id of an Entra tenant")]
    [InlineData("Issuer", "http://login.microsoftonline.com/t/v2.0", "Identity:Issuer is http and not on this machine")]
    [InlineData("Metadata", "http://keys.test/", "Identity:Metadata is http and not on this machine")]
    [InlineData("Console", "headers", "Identity:Console is none or easyauth")]
    [InlineData("Isuer", "x", "Identity:Isuer is not known")]
    public void Half_an_identity_is_none(string name, string value, string why) =>
        Should.Throw<IdentityConfigurationException>(() => IdentityOptions.Read(new Dictionary<string, string?>(s_good) { [name] = value })).Message.ShouldContain(why);
}
