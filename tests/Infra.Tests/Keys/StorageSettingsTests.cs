using Pipeline.Infra.Blobs;
using Pipeline.Infra.Keys;
using Pipeline.Infra.Log;

namespace Pipeline.Infra.Tests.Keys;

public sealed class StorageSettingsTests
{
    [Fact]
    public void A_vault_is_named_by_its_address_and_none_is_none()
    {
        KeySettings.Read([new("Vault", "https://desk.vault.azure.net/")]).Vault.ShouldBe(new Uri("https://desk.vault.azure.net"));
        KeySettings.Read([new("Vault", " ")]).Vault.ShouldBeNull();
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("https://desk.vault.azure.net/secrets/key")]
    [InlineData("https://desk.vault.azure.net/?sig=x")]
    [InlineData("desk")]
    public void What_is_no_vault_is_refused_by_name(string vault) =>
        Should.Throw<StorageConfigurationException>(() => KeySettings.Read([new("Vault", vault)])).Message.ShouldStartWith("Keys:Vault ");

    [Fact]
    public void A_checkpoint_goes_into_a_file_or_into_a_blob()
    {
        LogSettings.Read([new("Checkpoint", "/srv/log/checkpoint"), new("Origin", "example.org/skills")]).ShouldBe(new LogSettings("/srv/log/checkpoint", null, "", "example.org/skills"));
        LogSettings.Read([]).ShouldBe(new LogSettings("", null, "", ""));
        var read = LogSettings.Read([new("Checkpoint", "https://desk.blob.core.windows.net/log/checkpoint")]);
        (read.CheckpointFile, read.CheckpointBlob!.Value.Container.Name, read.CheckpointBlob.Value.Blob).ShouldBe(("", "log", "checkpoint"));
    }

    [Theory]
    [InlineData("http://desk.blob.core.windows.net/log/checkpoint", "anybody on the way could read along")]
    [InlineData("https://desk.blob.core.windows.net/checkpoint", "names no container")]
    [InlineData("https://desk.blob.core.windows.net/log/check point", "ends with the name of a blob")]
    [InlineData("https://desk.blob.core.windows.net/log/checkpoint?sig=x", "without user, query and fragment")]
    public void What_is_no_blob_is_refused(string checkpoint, string says) =>
        Should.Throw<StorageConfigurationException>(() => LogSettings.Read([new("Checkpoint", checkpoint)])).Message.ShouldContain(says);
}
