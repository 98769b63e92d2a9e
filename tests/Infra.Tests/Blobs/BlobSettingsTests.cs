using Pipeline.Infra.Blobs;
using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Tests.Blobs;

public sealed class BlobSettingsTests
{
    private const string Key = "c2VjcmV0";

    [Theory]
    [InlineData("https://desk.blob.core.windows.net/payloads")]
    [InlineData("https://desk.blob.core.windows.net/payloads/")]
    public void A_container_is_named_by_its_address_and_needs_nothing_else(string address)
    {
        var read = Read(address).Options.ShouldNotBeNull();

        (read.Address.AbsoluteUri, read.Name, read.DevelopmentKey).ShouldBe(("https://desk.blob.core.windows.net/payloads", "payloads", ""));
    }

    [Fact]
    public void An_emulator_on_this_machine_takes_a_key()
    {
        var read = Read("http://127.0.0.1:10000/account/payloads", Key).Options.ShouldNotBeNull();

        (read.Name, read.DevelopmentKey).ShouldBe(("payloads", Key));
        read.ToString().ShouldNotContain(Key);
    }

    [Theory]
    [InlineData("https://desk.blob.core.windows.net/payloads", Key, "DevelopmentKey is for an emulator on this machine only")]
    [InlineData("https://127.0.0.1:10000/account/payloads", Key, "DevelopmentKey is for an emulator on this machine only")]
    [InlineData("http://127.0.0.1:10000/account/payloads", "not base64", "DevelopmentKey is for an emulator on this machine only")]
    [InlineData("http://127.0.0.1:10000/account/payloads", "", "Container is http, where no token may be sent")]
    [InlineData("http://127.0.0.1:10000/payloads", Key, "has no account before the container")]
    [InlineData("http://desk.blob.core.windows.net/payloads", "", "anybody on the way could read along")]
    [InlineData("https://desk.blob.core.windows.net", "", "names no container")]
    [InlineData("https://desk.blob.core.windows.net/Payloads", "", "names no container")]
    [InlineData("https://desk.blob.core.windows.net/payloads?sv=2023&sig=x", "", "without user, query and fragment")]
    [InlineData("payloads", "", "is no address")]
    public void What_cannot_be_used_is_told_and_quotes_no_secret(string address, string key, string says)
    {
        var (options, problems) = Read(address, key);

        options.ShouldBeNull();
        problems.ShouldContain(says);
        if (key.Length > 0) problems.ShouldNotContain(key);
    }

    [Fact]
    public void A_blob_is_named_by_its_own_address()
    {
        var reader = new SettingReader("Log", [new("Checkpoint", "https://desk.blob.core.windows.net/published/log/checkpoint")]);

        var (container, blob) = BlobContainerOptions.ReadBlob(reader, "Checkpoint").ShouldNotBeNull();

        (container.Address.AbsoluteUri, blob).ShouldBe(("https://desk.blob.core.windows.net/published/log", "checkpoint"));
    }

    private static (BlobContainerOptions? Options, string Problems) Read(string address, string key = "")
    {
        var reader = new SettingReader("Payloads", [new("Container", address), new("DevelopmentKey", key)]);
        var options = BlobContainerOptions.Read(reader, "Container");
        return (options, string.Join("; ", reader.Problems));
    }
}
