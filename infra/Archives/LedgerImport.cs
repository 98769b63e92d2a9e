using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Infra.Archives;

/// <summary>Puts an archive that was verified into an empty ledger: the same leaves at the same places, with everything beside them that follows from them.
/// A batch is one transaction, and what is interrupted goes on after the last one.</summary>
/// <remarks>No server may run on the database meanwhile, and none starts while it is unfinished. Every event is read back and hashed before its batch is committed, so
/// that what is there is what was archived, and not only what was written.</remarks>
/// <param name="leavesAtOnce">In one transaction.</param>
public sealed class LedgerImport(NpgsqlDataSource db, TimeProvider time, int leavesAtOnce = LedgerImport.LeavesAtOnce)
{
    private const int LeavesAtOnce = 1_000;
    private const long BytesAtOnce = 8 * 1024 * 1024;
    private const int ContentsAtOnce = 100;

    private readonly LedgerImports _imports = new(db);

    /// <param name="progress">Told what is put in, how many of how many.</param>
    /// <exception cref="ArchiveException">The archive changed since it was verified.</exception>
    public async Task<ImportOutcome> RunAsync(ArchiveDirectory directory, VerifiedArchive archive, Action<long, long, string> progress, CancellationToken ct)
    {
        await using var alone = await AdvisoryLock.TryTakeAsync(db, "import_lock_try", "ledger", ct);
        if (alone is null) return new ImportOutcome.Refused("import-running", "another program imports into this ledger at this moment");
        if (await BeginAsync(archive, ct) is { } refused) return refused;
        var resumedAt = (await StateAsync(ct)).Size;
        await LeavesAsync(directory, archive, resumedAt, progress, ct);
        await ContentsAsync(directory, archive, progress, ct);
        await CheckpointsAsync(directory, archive, ct);
        // From the leaves, as they are sealed.
        using var models = new ProjectionRunner(db, new EventStore(db, time), ProjectionRunner.All);
        await models.CatchUpAsync(ct);
        await FinishAsync(ct);
        return new ImportOutcome.Done(resumedAt);
    }

    private async Task<ImportOutcome.Refused?> BeginAsync(VerifiedArchive archive, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await LockAsync(connection, ct);
        if (await _imports.FindAsync(ct) is { } begun)
        {
            return begun switch
            {
                { DoneAt: not null } => new("imported-already", $"this ledger was imported before, on {begun.DoneAt:u}; import into an empty one: another --home, or another database"),
                _ when begun.Archive != archive.Digest => new("import-unfinished", "an import of another archive into this ledger was begun and is not finished: go on with that one, or begin with an empty ledger"),
                _ => null,
            };
        }
        await using (var empty = new NpgsqlCommand(SqlText.Of("import_is_empty"), connection))
            if (await empty.ExecuteScalarAsync(ct) is not true) return new("not-empty", "there is a ledger already, and an archive can only be imported into an empty one: choose another --home that no program has run with, or another database");
        await using var begin = new NpgsqlCommand(SqlText.Of("import_begin"), connection);
        begin.Parameters.AddText(archive.Digest);
        begin.Parameters.AddText(archive.Manifest.Origin);
        begin.Parameters.AddNumber(archive.Manifest.Size);
        begin.Parameters.AddTime(time.GetUtcNow());
        await begin.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return null;
    }

    private async Task LeavesAsync(ArchiveDirectory directory, VerifiedArchive archive, long done, Action<long, long, string> progress, CancellationToken ct)
    {
        var manifest = archive.Manifest;
        var batch = new LeafBatch(done);
        foreach (var portion in manifest.Leaves.Where(p => p.First + p.Count > done))
        {
            await using var file = await directory.OpenAsync(portion.File, portion.Bytes, portion.Sha256, ct);
            var leaf = portion.First;
            await foreach (var archived in LeafPortion.ReadAsync(file, portion.File, portion.Count, ct))
            {
                if (leaf++ < done) continue;
                batch.Add(archived, portion.File);
                if (batch.Count < leavesAtOnce && batch.Bytes < BytesAtOnce) continue;
                await CommitAsync(batch, ct);
                progress(batch.Next, manifest.Size, "leaves");
                batch = new(batch.Next);
            }
        }
        if (batch.Count > 0) await CommitAsync(batch, ct);
        var tree = (await StateAsync(ct)).Tree;
        if (tree.Size != manifest.Size || tree.Root() != archive.Checkpoint.Root) throw new ArchiveException("leaves", "what was put in is not what was verified: the archive was changed meanwhile, or somebody else wrote into the database");
        progress(manifest.Size, manifest.Size, "leaves");
    }

    private async Task CommitAsync(LeafBatch batch, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var state = await LockAsync(connection, ct);
        if (state.Size != batch.First || state.Tree.Size != batch.First) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the ledger has {state.Size} leaves, and {batch.First} were put in: somebody else writes into it"));
        await using (var write = new NpgsqlBatch(connection))
        {
            batch.AddTo(write, state.Tree);
            await write.ExecuteNonQueryAsync(ct);
        }
        await CheckAsync(connection, batch, ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task CheckAsync(NpgsqlConnection connection, LeafBatch batch, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("leaf_read"), connection);
        command.Parameters.AddNumber(batch.First);
        command.Parameters.AddNumber(batch.Count);
        await using var reader = await command.ExecuteReaderAsync(ct);
        for (var i = 0; i < batch.Count; i++)
        {
            if (!await reader.ReadAsync(ct) || LeafRow.Read(reader)?.Hash() != batch.Hashes[i])
                throw new ArchiveException(string.Create(CultureInfo.InvariantCulture, $"leaf {batch.First + i}"), "the database does not keep this event as it was: it can not be imported");
        }
    }

    private async Task ContentsAsync(ArchiveDirectory directory, VerifiedArchive archive, Action<long, long, string> progress, CancellationToken ct)
    {
        var done = 0L;
        foreach (var some in archive.Contents.Chunk(ContentsAtOnce))
        {
            var bodies = new List<(byte[] Key, long Size, short Compression, byte[] Body)>();
            foreach (var content in some)
            {
                var bytes = await directory.ReadContentAsync(content, ct);
                var (compression, body) = ContentCodec.Encode(bytes);
                bodies.Add((Digest.BytesOf(content.Sha256), bytes.LongLength, compression, body));
            }
            await using var command = db.CreateCommand(SqlText.Of("import_contents"));
            command.Parameters.AddBytes([.. bodies.Select(b => b.Key)]);
            command.Parameters.AddNumbers([.. bodies.Select(b => b.Size)]);
            command.Parameters.Add(new NpgsqlParameter<short[]> { TypedValue = [.. bodies.Select(b => b.Compression)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint });
            command.Parameters.AddBytes([.. bodies.Select(b => b.Body)]);
            await command.ExecuteNonQueryAsync(ct);
            progress(done += some.Length, archive.Contents.Count, "contents");
        }
    }

    private async Task CheckpointsAsync(ArchiveDirectory directory, VerifiedArchive archive, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await foreach (var archived in directory.ReadListAsync<ArchivedCheckpoint>(archive.Manifest.Checkpoints, ct))
        {
            var note = SignedNote.TryParse(archived.Note)!;
            var key = archive.Keys.Introduced.Select(LogKeys.KeyOf).OfType<NoteKey>().FirstOrDefault(k => note.Verify([k]).Holds);
            await CheckpointStore.AddAsync(connection, new(Checkpoint.TryParse(note.Text)!, archived.Note, key?.IdText ?? "", archived.SignedAt), ct);
        }
        await transaction.CommitAsync(ct);
    }

    private async Task FinishAsync(CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var statement in (string[])["import_names", "import_erased_subjects", "import_progress"])
        {
            await using var command = new NpgsqlCommand(SqlText.Of(statement), connection);
            await command.ExecuteNonQueryAsync(ct);
        }
        await using var done = new NpgsqlCommand(SqlText.Of("import_done"), connection);
        done.Parameters.AddTime(time.GetUtcNow());
        await done.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private async Task<SealState> StateAsync(CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        return await LockAsync(connection, ct);
    }

    private static async Task<SealState> LockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("seal_lock"), connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return SealState.Read(reader);
    }
}

public abstract record ImportOutcome
{
    private ImportOutcome() { }

    /// <param name="ResumedAt">How many leaves were there before; 0 unless it was interrupted.</param>
    public sealed record Done(long ResumedAt) : ImportOutcome;

    public sealed record Refused(string Code, string Message) : ImportOutcome;
}
