using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pipeline.Infra.Keys;
using Pipeline.Infra.Payloads;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Keys;

public sealed class VaultKeyProviderTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly byte[] _dataKey = RandomNumberGenerator.GetBytes(32);

    private StubKeyVault _vault = null!;

    public async ValueTask InitializeAsync() => _vault = await StubKeyVault.StartAsync();

    public ValueTask DisposeAsync() => _vault.DisposeAsync();

    [Fact]
    public async Task The_first_program_makes_the_key_and_every_other_one_unwraps_with_it()
    {
        using var first = Open();
        var wrapped = await first.WrapAsync(_dataKey, default);

        using var second = Open();
        (await second.UnwrapAsync(wrapped, default)).ShouldBe(_dataKey);
        (await first.UnwrapAsync(await second.WrapAsync(_dataKey, default), default)).ShouldBe(_dataKey);
        _vault.ValuesOf(VaultKeyProvider.SecretName).ShouldHaveSingleItem();
        Contains(wrapped, _dataKey).ShouldBeFalse();
    }

    [Fact]
    public async Task Programs_that_make_a_key_at_the_same_moment_unwrap_each_other_s()
    {
        // Each has looked, and found none, before any writes.
        using var looked = new Barrier(6);
        _vault.Mood = context =>
        {
            if (context.Request.Method == "PUT") looked.SignalAndWait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
            return false;
        };
        var programs = Enumerable.Range(0, 6).Select(_ => Open()).ToList();
        var wrapped = await Task.WhenAll(programs.Select(p => Task.Run(async () => await p.WrapAsync(_dataKey, default))));
        _vault.ValuesOf(VaultKeyProvider.SecretName).Count.ShouldBe(6);

        foreach (var program in programs.Append(Open()))
        {
            foreach (var some in wrapped) (await program.UnwrapAsync(some, default)).ShouldBe(_dataKey);
            program.Dispose();
        }
    }

    [Fact]
    public async Task A_new_version_wraps_from_the_next_start_on_and_the_old_one_still_unwraps()
    {
        using var before = Open();
        var wrapped = await before.WrapAsync(_dataKey, default);
        _vault.Add(VaultKeyProvider.SecretName, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        using var after = Open();
        var anew = await after.WrapAsync(_dataKey, default);

        anew[..9].ShouldNotBe(wrapped[..9]);
        (await after.UnwrapAsync(wrapped, default)).ShouldBe(_dataKey);
        (await before.UnwrapAsync(anew, default)).ShouldBe(_dataKey);
    }

    [Fact]
    public async Task Keys_are_read_once_and_a_missing_one_is_not_looked_for_all_the_time()
    {
        using var provider = Open();
        var wrapped = await provider.WrapAsync(_dataKey, default);
        var asked = _vault.Requests.Count;
        for (var i = 0; i < 20; i++) await provider.UnwrapAsync(await provider.WrapAsync(_dataKey, default), default);
        _vault.Requests.Count.ShouldBe(asked);

        wrapped[1] ^= 1;
        for (var i = 0; i < 5; i++) (await Should.ThrowAsync<KeyProviderException>(async () => await provider.UnwrapAsync(wrapped, default))).Message.ShouldContain("name the vault that belongs to this database");
        _vault.Requests.Count.ShouldBe(asked + 2);
    }

    [Fact]
    public async Task A_database_that_another_vault_s_key_wrapped_is_refused_and_no_key_is_made()
    {
        await using var ledger = await TestLedger.CreateAsync(postgres);
        await using (var other = await StubKeyVault.StartAsync())
        {
            using var provider = new VaultKeyProvider(other.Open(), TimeProvider.System);
            await new SubjectKeys(ledger.DataSource, provider, TimeProvider.System).GetOrCreateAsync([new("acme", "laptop")]);
        }

        using var wrong = Open();
        (await Should.ThrowAsync<KeyProviderException>(() => new SubjectKeys(ledger.DataSource, wrong, TimeProvider.System).CheckProviderAsync())).Message.ShouldContain("stub.vault.azure.net");
        _vault.Names.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_altered_no_key_or_disabled_is_told_and_quotes_nothing()
    {
        using var provider = Open();
        var wrapped = await provider.WrapAsync(_dataKey, default);
        var altered = wrapped.ToArray();
        altered[^1] ^= 1;
        (await Should.ThrowAsync<KeyProviderException>(async () => await provider.UnwrapAsync(altered, default))).Message.ShouldContain("altered");

        _vault.Disable(VaultKeyProvider.SecretName, 0);
        using var shut = Open();
        (await Should.ThrowAsync<KeyVaultException>(async () => await shut.WrapAsync(_dataKey, default))).Message.ShouldContain("must not be disabled");
        (await Should.ThrowAsync<KeyProviderException>(async () => await shut.UnwrapAsync(wrapped, default))).Message.ShouldContain("enable that version");

        _vault.Add(VaultKeyProvider.SecretName, "hunter2");
        using var nonsense = Open();
        var told = await Should.ThrowAsync<KeyProviderException>(async () => await nonsense.WrapAsync(_dataKey, default));
        told.Message.ShouldContain("is no master key");
        told.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_master_key_moves_from_its_file_into_the_vault()
    {
        var home = Directory.CreateTempSubdirectory("home-");
        var wrapped = await FileKeyProvider.Open(home.FullName).WrapAsync(_dataKey, default);
        _vault.Add(VaultKeyProvider.SecretName, Convert.ToBase64String(await File.ReadAllBytesAsync(Path.Combine(home.FullName, "keys", "master.key"))) + "\n");
        home.Delete(recursive: true);

        using var provider = Open();
        (await provider.UnwrapAsync(wrapped, default)).ShouldBe(_dataKey);
    }

    [Fact]
    public async Task A_version_that_is_no_key_keeps_nobody_from_the_others()
    {
        byte[] wrapped;
        using (var first = Open()) wrapped = await first.WrapAsync(_dataKey, default);
        _vault.Add(VaultKeyProvider.SecretName, "hunter2");
        _vault.Add(VaultKeyProvider.SecretName, Convert.ToBase64String(RandomNumberGenerator.GetBytes(33)));

        using var next = Open();
        (await next.UnwrapAsync(wrapped, default)).ShouldBe(_dataKey);
    }

    [Fact]
    public async Task A_key_that_was_deleted_is_not_made_anew()
    {
        using (var first = Open()) await first.WrapAsync(_dataKey, default);
        _vault.Delete(VaultKeyProvider.SecretName);

        using var next = Open();
        (await Should.ThrowAsync<KeyVaultException>(async () => await next.WrapAsync(_dataKey, default))).Message.ShouldContain("recover it");
    }

    [Theory]
    [InlineData(403, "Key Vault Secrets Officer")]
    [InlineData(401, "does not accept who this program is")]
    [InlineData(400, "answered 400")]
    public async Task A_refusal_says_what_to_do(int status, string says)
    {
        _vault.Mood = context =>
        {
            context.Response.StatusCode = status;
            return true;
        };
        using var provider = Open();

        (await Should.ThrowAsync<KeyVaultException>(async () => await provider.WrapAsync(_dataKey, default))).Message.ShouldContain(says);
    }

    [Fact]
    public async Task A_busy_vault_is_asked_again()
    {
        var asked = 0;
        _vault.Mood = context =>
        {
            if (Interlocked.Increment(ref asked) > 1) return false;
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "0";
            return true;
        };
        using var provider = Open();

        (await provider.UnwrapAsync(await provider.WrapAsync(_dataKey, default), default)).ShouldBe(_dataKey);
    }

    private VaultKeyProvider Open() => new(_vault.Open(), TimeProvider.System);

    private static bool Contains(byte[] bytes, byte[] part) => Encoding.Latin1.GetString(bytes).Contains(Encoding.Latin1.GetString(part), StringComparison.Ordinal);
}
