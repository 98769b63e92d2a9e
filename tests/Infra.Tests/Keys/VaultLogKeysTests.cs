using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Tests.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Keys;

public sealed class VaultLogKeysTests(PostgresFixture postgres) : LedgerTests(postgres), IAsyncLifetime
{
    private StubKeyVault _vault = null!;

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        _vault = await StubKeyVault.StartAsync();
        await base.InitializeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await base.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Fact]
    public async Task A_key_that_one_program_made_signs_in_another_and_after_it_is_read_the_vault_is_not_asked_again()
    {
        var made = (await Keys().CreateAsync(_ => "log.test", default)).Key;

        var keys = Keys();
        var signer = (await keys.FindAsync(made, default)).ShouldNotBeNull();
        var note = SignedNote.Of("text\n", NoteSignature.By(made, await signer.SignAsync(SignedNote.SignedBytes("text\n"), default)));
        note.Verify([made]).Holds.ShouldBeTrue();
        var asked = _vault.Requests.Count;
        (await keys.FindAsync(made, default)).ShouldBe(signer);
        _vault.Requests.Count.ShouldBe(asked);
        _vault.Names.ShouldBe([$"pipeline-log-key-{made.IdText}"]);
    }

    [Fact]
    public async Task Programs_that_start_together_on_one_ledger_agree_on_one_key_which_is_in_the_vault()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => Identity().EnsureIntroducedAsync(Context()))));
        await Identity().EnsureIntroducedAsync(Context());

        var introduced = (await Identity().KeysAsync(await Identity().OriginAsync())).Introduced.ShouldHaveSingleItem();
        var key = LogKeys.KeyOf(introduced)!;
        (await Keys().FindAsync(key, default)).ShouldNotBeNull();
        using var signer = new CheckpointSigner(Db, new Sealer(Db), Identity(), Keys(), new(Db), TimeProvider.System);
        await new Sealer(Db).SealAllAsync();
        (await signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Signed>();
    }

    [Fact]
    public async Task A_key_that_is_not_in_the_vault_is_away_and_another_one_in_its_place_signs_nothing()
    {
        var (first, second) = ((await Keys().CreateAsync(_ => "log.test", default)).Key, (await Keys().CreateAsync(_ => "log.test", default)).Key);
        await using (var other = await StubKeyVault.StartAsync()) (await new VaultLogKeys(other.Open()).FindAsync(first, default)).ShouldBeNull();

        _vault.Add(VaultLogKeys.SecretNameOf(first), _vault.ValuesOf(VaultLogKeys.SecretNameOf(second))[0]);
        (await Should.ThrowAsync<LogKeyException>(async () => await Keys().FindAsync(first, default))).Message.ShouldContain("another key");
        _vault.Add(VaultLogKeys.SecretNameOf(first), "hunter2");
        var told = await Should.ThrowAsync<LogKeyException>(async () => await Keys().FindAsync(first, default));
        told.Message.ShouldContain("no private key that can be read");
        told.ToString().ShouldNotContain("hunter2");
    }

    private VaultLogKeys Keys() => new(_vault.Open());

    private LogIdentity Identity() => new(Db, Store, Keys());
}
