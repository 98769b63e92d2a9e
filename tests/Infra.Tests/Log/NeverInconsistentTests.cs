using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Log;

/// <summary>What was published once is continued, or nothing is sealed and signed any more.</summary>
public abstract class NeverInconsistentTests(PostgresFixture postgres, AzuriteFixture? azurite) : LoggedLedgerTests(postgres, azurite)
{
    private const string WithoutTheLastThree =
        """
        delete from ledger.mt_events where seq_id in (select seq_id from ledger.leaves order by leaf_index desc limit 3);
        delete from ledger.leaves where seq_id not in (select seq_id from ledger.mt_events);
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_older_backup_is_recognised_and_nothing_is_sealed_onto_it(bool isTheSameProgram)
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 300));
        await SealAndSignAsync(program);
        var restore = await BackupAsync();
        await AppendAsync(To("trajectory-b", 0, 10));
        var published = await SealAndSignAsync(program);
        await restore();
        await AppendAsync(To("trajectory-c", 0, 20));

        var now = isTheSameProgram ? program : Start();
        var stop = (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull();
        (stop.Code, stop.Published).ShouldBe(("log-shorter-than-published", published));
        now.Sealer.Guard.Stopped.ShouldBe(stop);
        (await now.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Stopped>().Stop.Code.ShouldBe(stop.Code);
        (await Store.SizeAsync()).ShouldBe(new LedgerSize(321, 301));
        (await PublishedAsync()).ShouldBe(published);
    }

    [Fact]
    public async Task Another_history_of_the_same_length_is_recognised()
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 10));
        await program.Sealer.SealAllAsync();
        var restore = await BackupAsync();
        await AppendAsync(To("trajectory-b", 0, 10));
        await SealAndSignAsync(program);
        await restore();
        // A program that was not told of the file seals what it likes.
        await AppendAsync(To("trajectory-c", 0, 30));
        await Start(isPublic: false).Sealer.SealAllAsync();

        var now = Start();
        (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("log-inconsistent");
        (await now.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Stopped>();
    }

    [Fact]
    public async Task Without_a_file_the_database_s_own_checkpoints_are_kept_to()
    {
        var program = Start(isPublic: false);
        await AppendAsync(To("trajectory-a", 0, 10));
        await SealAndSignAsync(program);
        await ExecuteAsync(WithoutTheLastThree + "delete from ledger.tree_nodes");
        var edge = CompactRange.Empty.Append((await Tree.LeavesAsync(0, 100).ToListAsync()).Select(l => l.Hash!.Value));
        await ExecuteAsync($"update ledger.seal_state set size = {edge.Size}, hashed = {edge.Size}, frontier = '\\x{Convert.ToHexStringLower(edge.ToArray())}'");

        (await Start(isPublic: false).Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("log-shorter-than-published");
        (await program.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("log-shorter-than-published");
    }

    [Fact]
    public async Task The_last_leaves_cannot_be_taken_out_behind_the_sealer_s_back()
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 10));
        await SealAndSignAsync(program);
        await ExecuteAsync(WithoutTheLastThree);

        (await Start().Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("log-damaged");
    }

    [Fact]
    public async Task When_the_right_backup_is_put_back_sealing_goes_on()
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 10));
        await SealAndSignAsync(program);
        var restore = await BackupAsync();
        await ExecuteAsync("truncate ledger.leaves, ledger.checkpoints; update ledger.seal_state set size = 0, hashed = 0, frontier = ''");
        (await program.Sealer.SealAllAsync()).Stop.ShouldNotBeNull();

        await restore();
        await AppendAsync(To("trajectory-b", 0));
        (await program.Sealer.SealAllAsync()).ShouldBe(new SealResult(11, 1));
        program.Sealer.Guard.Stopped.ShouldBeNull();
        (await program.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Signed>();
    }

    [Fact]
    public async Task A_fork_that_an_admin_accepts_is_on_record_under_another_name()
    {
        var program = Start();
        var first = await CurrentKeyAsync();
        await SealAndSignAsync(program);
        var restore = await BackupAsync();
        await AppendAsync(To("trajectory-a", 0, 10));
        var published = await SealAndSignAsync(program);
        var note = await NoteAsync();
        await restore();
        var stop = (await program.Sealer.SealAllAsync()).Stop.ShouldNotBeNull();
        stop.IsFork.ShouldBeTrue();

        (await Identity.ForkAsync(Context(), stop, note, (await Tree.EdgeAsync()).Root(), "restored")).ShouldBeOfType<KeyOutcome.Done>().Introduced.Origin.ShouldStartWith($"{published.Origin}/2-");
        var checkpoint = await SealAndSignAsync(program);

        (checkpoint.Origin, checkpoint.Size).ShouldBe(($"{published.Origin}/2-{(await CurrentKeyAsync()).IdText}", 3));
        var keys = await Identity.KeysAsync(checkpoint.Origin);
        keys.Fork.ShouldNotBeNull().ShouldSatisfyAllConditions(f => f.Checkpoint.ShouldBe(note), f => f.Size.ShouldBe(1), f => f.PreviousOrigin.ShouldBe(published.Origin));
        keys.TrustedFrom(first).Count.ShouldBe(2);
        // The old note is kept beside the new one.
        (await KeptNotesAsync()).ShouldBe([note]);
        (await Start().Sealer.SealAllAsync()).Stop.ShouldBeNull();
    }

    [Fact]
    public async Task A_root_that_was_changed_in_the_database_does_not_stand_against_the_note_outside()
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 10));
        await SealAndSignAsync(program);
        var note = await NoteAsync();
        await RewriteAsync();
        await AppendAsync(To("trajectory-b", 0));

        var now = Start();
        (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().ShouldSatisfyAllConditions(
            s => s.Code.ShouldBe("log-inconsistent"), s => s.Published!.Text().ShouldBe(SignedNote.TryParse(note)!.Text));
        (await now.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Stopped>();
        (await program.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("log-inconsistent");
        (await NoteAsync()).ShouldBe(note);
    }

    [Fact]
    public async Task Without_a_file_a_changed_root_lacks_its_signature()
    {
        var program = Start(isPublic: false);
        await AppendAsync(To("trajectory-a", 0, 10));
        await SealAndSignAsync(program);
        await RewriteAsync();

        (await Start(isPublic: false).Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("checkpoint-not-signed");
    }

    [Fact]
    public async Task A_backup_from_before_a_fork_is_recognised_and_a_second_fork_has_another_name()
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 10));
        await SealAndSignAsync(program);
        var restore = await BackupAsync();
        await ExecuteAsync("truncate ledger.leaves, ledger.checkpoints; update ledger.seal_state set size = 0, hashed = 0, frontier = ''");
        var forked = await ForkAsync(program);
        await restore();
        await AppendAsync(To("trajectory-b", 0, 20));

        var now = Start();
        (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().ShouldSatisfyAllConditions(s => s.Code.ShouldBe("log-other"), s => s.IsFork.ShouldBeTrue(), s => s.Published.ShouldBe(forked));
        (await now.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Stopped>();
        (await PublishedAsync()).ShouldBe(forked);

        (await ForkAsync(now)).Origin.ShouldNotBe(forked.Origin);
        (await Start().Sealer.SealAllAsync()).Stop.ShouldBeNull();
    }

    [Fact]
    public async Task An_empty_database_beside_the_note_of_another_log_is_not_signed_on()
    {
        await SealAndSignAsync(Start());
        await ExecuteAsync(
            "truncate ledger.mt_streams, ledger.mt_events, ledger.unsealed, ledger.log_identity, ledger.leaves, ledger.tree_nodes, ledger.checkpoints;"
            + "update ledger.seal_state set size = 0, hashed = 0, frontier = ''");

        var now = Start();
        await AppendAsync(To("trajectory-a", 0));
        (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("log-other");
        await Identity.EnsureIntroducedAsync(Context());
        (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("log-other");
    }

    [Fact]
    public async Task A_note_that_cannot_be_read_stops_the_log_until_it_is_put_right()
    {
        var program = Start();
        await SealAndSignAsync(program);
        var note = await NoteAsync();
        await PutNoteAsync(note[..20]);
        await AppendAsync(To("trajectory-a", 0));

        var now = Start();
        (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("checkpoint-unreadable");
        (await now.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Stopped>();
        (await NoteAsync()).ShouldBe(note[..20]);

        await PutNoteAsync(note);
        await SealAndSignAsync(now);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_note_outside_that_the_log_s_key_did_not_sign_is_not_believed(bool isTheSameProgram)
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 10));
        await SealAndSignAsync(program);
        using var another = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var text = SignedNote.TryParse(System.Text.Encoding.UTF8.GetBytes(await NoteAsync()))!.Text;
        var key = NoteKey.OfEcdsa(await Identity.OriginAsync(), another.ExportSubjectPublicKeyInfo());
        var signature = another.SignData(SignedNote.SignedBytes(text), System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.DSASignatureFormat.Rfc3279DerSequence);
        await PutNoteAsync(SignedNote.Of(text, NoteSignature.By(key, signature)).ToString());
        await AppendAsync(To("trajectory-b", 0));

        var now = isTheSameProgram ? program : Start();
        (await now.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Stopped>().Stop.Code.ShouldBe("checkpoint-not-signed");
        (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().IsFork.ShouldBeTrue();

        (await ForkAsync(now)).Origin.ShouldStartWith($"{key.Name}/2-");
        (await Start().Sealer.SealAllAsync()).Stop.ShouldBeNull();
    }

    [Fact]
    public async Task A_changed_row_has_a_way_out_that_is_on_record()
    {
        var program = Start();
        await AppendAsync(To("trajectory-a", 0, 10));
        await SealAndSignAsync(program);
        await ExecuteAsync("update ledger.checkpoints set note = 'nonsense'");

        var now = Start();
        (await now.Sealer.SealAllAsync()).Stop.ShouldNotBeNull().Code.ShouldBe("checkpoint-not-signed");
        var forked = await ForkAsync(now);
        (await Identity.KeysAsync(forked.Origin)).Fork.ShouldNotBeNull().Reason.ShouldBe("restored");
        (await Start().Sealer.SealAllAsync()).Stop.ShouldBeNull();
    }

    private async Task<Checkpoint> ForkAsync(LogProgram program)
    {
        var stop = (await program.Sealer.SealAllAsync()).Stop.ShouldNotBeNull();
        (await Identity.ForkAsync(Context(), stop, stop.Published!.Text(), (await Tree.EdgeAsync()).Root(), "restored")).ShouldBeOfType<KeyOutcome.Done>();
        return await SealAndSignAsync(program);
    }

    // Without the key: an event is another, and everything that the database has of it is made anew.
    private async Task RewriteAsync()
    {
        await ExecuteAsync("update ledger.leaves set leaf_hash = sha256(leaf_hash) where leaf_index = 5; delete from ledger.tree_nodes");
        var edge = CompactRange.Empty.Append((await Tree.LeavesAsync(0, 100).ToListAsync()).Select(l => l.Hash!.Value));
        await ExecuteAsync($"update ledger.seal_state set frontier = '\\x{Convert.ToHexStringLower(edge.ToArray())}'; update ledger.checkpoints set root = '\\x{edge.Root()}'");
    }
}

public sealed class NeverInconsistentWithAFileTests(PostgresFixture postgres) : NeverInconsistentTests(postgres, null);

public sealed class NeverInconsistentWithABlobTests(PostgresFixture postgres, AzuriteFixture azurite) : NeverInconsistentTests(postgres, azurite);
