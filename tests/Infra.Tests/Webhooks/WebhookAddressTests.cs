using System.Net;
using System.Text;
using Pipeline.Infra.Webhooks;

namespace Pipeline.Infra.Tests.Webhooks;

public sealed class WebhookAddressTests
{
    [Theory]
    [InlineData("93.184.215.14")]
    [InlineData("8.8.8.8")]
    [InlineData("2606:2800:21f:cb07:6820:80da:af6b:8b2c")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    public void Public_addresses_may_be_called(string address) => WebhookAddresses.MayCall(IPAddress.Parse(address), allowPrivate: false).ShouldBeTrue();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.0.3")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2001:db8::1")]
    [InlineData("2001::1")]
    public void Addresses_that_lead_inside_may_not(string address) => WebhookAddresses.MayCall(IPAddress.Parse(address), allowPrivate: false).ShouldBeFalse();

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("fd12:3456::1", true)]
    [InlineData("169.254.169.254", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("64:ff9b::a9fe:a9fe", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00:ec2::254", false)]
    public void For_development_private_ones_may_be_called_and_those_that_hand_out_credentials_never(string address, bool may)
    {
        WebhookAddresses.MayCall(IPAddress.Parse(address), allowPrivate: true).ShouldBe(may);
        WebhookAddresses.MayCall(IPAddress.Parse(address), allowPrivate: false).ShouldBeFalse();
    }

    [Fact]
    public async Task A_name_that_leads_inside_is_not_connected_to() =>
        await Should.ThrowAsync<WebhookAddressException>(async () => await WebhookAddresses.ConnectAsync(new("localhost", 1), allowPrivate: false, TestContext.Current.CancellationToken));

    // The example of the Standard Webhooks specification.
    [Fact]
    public void A_signature_is_that_of_the_specification()
    {
        var secret = WebhookSecrets.Read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;

        WebhookSecrets.Signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8).ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    [Theory]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("whsec_not base64 but long enough to be one")]
    [InlineData("too short")]
    [InlineData("")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789")]
    public void A_secret_of_another_length_is_none(string text) => WebhookSecrets.Read(text).ShouldBeNull();

    [Fact]
    public void Any_text_that_is_long_enough_is_a_secret() => WebhookSecrets.Read("  correct horse battery staple\n").ShouldBe(Encoding.UTF8.GetBytes("correct horse battery staple"));

    [Fact]
    public void Delays_double_up_to_the_longest()
    {
        var options = new WebhookOptions();

        Enumerable.Range(1, 4).Select(options.DelayAfter).ShouldBe([TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(40)]);
        options.DelayAfter(1000).ShouldBe(options.LongestDelay);
        options.PauseAfter(1000).ShouldBe(TimeSpan.FromMinutes(15));
    }
}
