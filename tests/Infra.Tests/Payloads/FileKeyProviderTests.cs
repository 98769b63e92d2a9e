using System.Security.Cryptography;
using Pipeline.Infra.Payloads;

namespace Pipeline.Infra.Tests.Payloads;

public sealed class FileKeyProviderTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("keys-").FullName;
    private readonly byte[] _dataKey = RandomNumberGenerator.GetBytes(32);

    private string KeyFile => Path.Combine(_home, "keys", "master.key");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_key_wrapped_before_a_restart_is_unwrapped_after_it()
    {
        var wrapped = await FileKeyProvider.Open(_home).WrapAsync(_dataKey, default);

        wrapped.AsSpan().IndexOf(_dataKey).ShouldBe(-1);
        (await FileKeyProvider.Open(_home).UnwrapAsync(wrapped, default)).ShouldBe(_dataKey);
    }

    [Fact]
    public void Only_its_owner_can_read_the_file()
    {
        FileKeyProvider.Open(_home);
        if (OperatingSystem.IsWindows()) Assert.Skip("modes are Unix's");
        else File.GetUnixFileMode(KeyFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Programs_that_start_together_make_one_key()
    {
        var providers = new FileKeyProvider[16];
        using var together = new Barrier(providers.Length);
        await Task.WhenAll(Enumerable.Range(0, providers.Length).Select(i => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                providers[i] = FileKeyProvider.Open(_home);
            },
            default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        var wrapped = await providers[0].WrapAsync(_dataKey, default);
        foreach (var provider in providers) (await provider.UnwrapAsync(wrapped, default)).ShouldBe(_dataKey);
        Directory.GetFiles(Path.GetDirectoryName(KeyFile)!).ShouldBe([KeyFile]);
    }

    [Fact]
    public async Task The_wrong_key_file_is_told_by_name()
    {
        var wrapped = await FileKeyProvider.Open(_home).WrapAsync(_dataKey, default);
        File.Delete(KeyFile);

        var error = await Should.ThrowAsync<KeyProviderException>(async () => await FileKeyProvider.Open(_home).UnwrapAsync(wrapped, default));

        error.Message.ShouldContain("wrapped by master key");
        error.Message.ShouldContain(KeyFile);
    }

    [Fact]
    public void A_file_that_is_no_key_is_refused()
    {
        FileKeyProvider.Open(_home);
        File.WriteAllText(KeyFile, "short");

        Should.Throw<KeyProviderException>(() => FileKeyProvider.Open(_home)).Message.ShouldContain("5 bytes");
    }

    [Fact]
    public async Task A_wrapped_key_that_was_altered_is_refused()
    {
        var provider = FileKeyProvider.Open(_home);
        var wrapped = await provider.WrapAsync(_dataKey, default);
        wrapped[^1] ^= 1;

        (await Should.ThrowAsync<KeyProviderException>(async () => await provider.UnwrapAsync(wrapped, default))).Message.ShouldContain("altered");
        await Should.ThrowAsync<KeyProviderException>(async () => await provider.UnwrapAsync(new byte[] { 9, 9 }, default));
    }
}
