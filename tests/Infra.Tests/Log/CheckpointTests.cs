using System.Text;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Log;

public sealed class CheckpointTests(PostgresFixture postgres) : LoggedLedgerTests(postgres)
{
    [Fact]
    public async Task A_checkpoint_is_signed_over_what_is_sealed_and_published_twice()
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 5));

        var checkpoint = await SealAndSignAsync(program);

        (checkpoint.Size, checkpoint.Root).ShouldBe((6, await Tree.RootAsync(6)));
        var note = SignedNote.TryParse(Encoding.UTF8.GetBytes(await NoteAsync())).ShouldNotBeNull();
        note.Verify([await CurrentKeyAsync()]).Holds.ShouldBeTrue();
        Checkpoint.TryParse(note.Text).ShouldBe(checkpoint);
        (await Checkpoints.LatestAsync(checkpoint.Origin))!.Note.ShouldBe(note.ToString());
        checkpoint.Origin.ShouldStartWith("ledger.local/");
        (await program.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Nothing>();
        (await Checkpoints.AtAsync(checkpoint.Origin, DateTimeOffset.UtcNow.AddMinutes(1)))!.Checkpoint.ShouldBe(checkpoint);
        (await Checkpoints.AtAsync(checkpoint.Origin, DateTimeOffset.UtcNow.AddDays(-1))).ShouldBeNull();
    }

    [Fact]
    public async Task Under_load_there_is_one_a_second()
    {
        var program = Start();
        await SealAndSignAsync(program);
        await AppendAsync(To("trajectory-a", 0));
        await program.Sealer.SealAllAsync();

        (await program.Signer.SignAsync(atOnce: false)).ShouldBeOfType<SigningOutcome.TooSoon>();
        (await program.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Signed>();
    }

    [Fact]
    public async Task Programs_that_sign_together_publish_one_consistent_row_of_checkpoints()
    {
        var programs = Enumerable.Range(0, 4).Select(_ => Start()).ToList();
        await Task.WhenAll(programs.Select((program, writer) => Task.Run(async () =>
        {
            for (var version = 0; version < 8; version++)
            {
                await AppendAsync(To($"trajectory-{writer}", version));
                (await program.Sealer.SealAllAsync()).Stop.ShouldBeNull();
                (await program.Signer.SignAsync(atOnce: true)).ShouldNotBeOfType<SigningOutcome.Stopped>();
            }
        })));

        foreach (var row in await RowsAsync("select size, encode(root, 'hex') from ledger.checkpoints"))
            row.ShouldBe($"{row.Split(' ')[0]} | {await Tree.RootAsync(long.Parse(row.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))}");
    }

    [Fact]
    public async Task Programs_that_start_together_agree_on_one_name_and_one_first_key()
    {
        await ExecuteAsync("truncate ledger.mt_streams, ledger.mt_events, ledger.unsealed, ledger.log_identity");
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Identity.EnsureIntroducedAsync(Context()))));
        await Identity.EnsureIntroducedAsync(Context());

        (await Identity.KeysAsync(await Identity.OriginAsync())).Introduced.ShouldHaveSingleItem().KeyName.ShouldBe(await Identity.OriginAsync());
    }

    [Fact]
    public async Task A_new_key_signs_from_its_own_leaf_on_and_what_the_old_one_signed_stays_good()
    {
        var program = Start();
        var first = await CurrentKeyAsync();
        await SealAndSignAsync(program);
        var kept = Encoding.UTF8.GetBytes(await NoteAsync());

        (await Identity.RotateAsync(Context(), "the yearly change", withoutOld: false)).ShouldBeOfType<KeyOutcome.Done>();
        await AppendAsync(To("trajectory-a", 0));
        await SealAndSignAsync(program);

        var second = await CurrentKeyAsync();
        second.IdText.ShouldNotBe(first.IdText);
        var trusted = (await Identity.KeysAsync(await Identity.OriginAsync())).TrustedFrom(first);
        trusted.Select(k => k.IdText).ShouldBe([first.IdText, second.IdText]);
        SignedNote.TryParse(kept)!.Verify(trusted).By.Single().IdText.ShouldBe(first.IdText);
        SignedNote.TryParse(Encoding.UTF8.GetBytes(await NoteAsync()))!.Verify(trusted).By.Single().IdText.ShouldBe(second.IdText);
        if (!OperatingSystem.IsWindows())
            foreach (var file in Directory.EnumerateFiles(KeyDirectory)) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_log_whose_key_is_lost_is_sealed_and_not_signed_until_another_is_introduced()
    {
        var program = Start();
        await SealAndSignAsync(program);
        var first = await CurrentKeyAsync();
        Directory.Delete(KeyDirectory, recursive: true);
        await AppendAsync(To("trajectory-a", 0));

        (await program.Sealer.SealAllAsync()).Count.ShouldBe(1);
        (await program.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.KeyAway>().Key.IdText.ShouldBe(first.IdText);
        (await Identity.RotateAsync(Context(), "lost", withoutOld: false)).ShouldBeOfType<KeyOutcome.Refused>().Code.ShouldBe("log-key-away");
        (await Identity.RotateAsync(Context(), "lost", withoutOld: true)).ShouldBeOfType<KeyOutcome.Done>();
        await SealAndSignAsync(program);
        (await Identity.KeysAsync(await Identity.OriginAsync())).TrustedFrom(first).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_key_file_with_another_key_signs_nothing()
    {
        var program = Start();
        var first = await CurrentKeyAsync();
        await Identity.RotateAsync(Context(), "change", withoutOld: false);
        File.Copy(Path.Combine(KeyDirectory, $"{(await CurrentKeyAsync()).IdText}.pem"), Path.Combine(KeyDirectory, $"{first.IdText}.pem"), overwrite: true);

        (await Should.ThrowAsync<LogKeyException>(async () => await Keys.FindAsync(first, default))).Message.ShouldContain("another key");
        await program.Sealer.SealAllAsync();
        (await program.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Signed>();
    }
}
