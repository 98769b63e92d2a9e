using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Tests.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Log;

/// <summary>A ledger whose log has a name, a key and a place where it is published.</summary>
/// <param name="azurite">Given: that place is a blob; else a file.</param>
public abstract class LoggedLedgerTests(PostgresFixture postgres, AzuriteFixture? azurite = null) : LedgerTests(postgres), IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("log-").FullName;
    private readonly List<CheckpointSigner> _signers = [];
    private BlobContainer? _container;

    protected FileLogKeys Keys => FileLogKeys.Below(_home);
    protected string KeyDirectory => Path.Combine(_home, "keys", "log");
    protected LogTree Tree => new(Db);
    protected CheckpointStore Checkpoints => new(Db);
    protected LogIdentity Identity => new(Db, Store, Keys);

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        if (azurite is not null) _container = new(await azurite.ContainerAsync());
        await base.InitializeAsync();
        await Identity.EnsureIntroducedAsync(Context());
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var signer in _signers) signer.Dispose();
        await base.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    /// <summary>Where the log is published, as a program that starts finds it.</summary>
    protected ICheckpointPublication Publication => _container is { } container
        ? new BlobCheckpointPublication(container, "checkpoint", TimeProvider.System)
        : new FileCheckpointPublication(CheckpointFile, TimeProvider.System);

    private string CheckpointFile => Path.Combine(_home, "checkpoint");

    /// <summary>A program as it starts: it remembers nothing.</summary>
    /// <param name="isPublic">Whether it knows the place where the log is published.</param>
    protected LogProgram Start(bool isPublic = true) => Start(isPublic ? Publication : null);

    protected LogProgram Start(ICheckpointPublication? publication)
    {
        var sealer = new Sealer(Db, null, publication);
        var signer = new CheckpointSigner(Db, sealer, Identity, Keys, Checkpoints, TimeProvider.System, publication);
        _signers.Add(signer);
        return new(sealer, signer);
    }

    /// <summary>The note that is published.</summary>
    protected async Task<string> NoteAsync() => Encoding.UTF8.GetString((await Publication.ReadAsync(default)).ShouldNotBeNull().Bytes);

    protected async Task<Checkpoint?> PublishedAsync() => Checkpoint.TryParse(SignedNote.TryParse(Encoding.UTF8.GetBytes(await NoteAsync()))!.Text);

    /// <summary>Somebody puts something else in the place of what is published.</summary>
    protected async Task PutNoteAsync(string note) => (await Publication.WriteAsync(note, await Publication.ReadAsync(default), default)).ShouldBeTrue();

    /// <summary>Notes that made room for another log's.</summary>
    protected async Task<IReadOnlyList<string>> KeptNotesAsync()
    {
        if (_container is null) return [.. Directory.GetFiles(_home, "checkpoint.2*").Select(File.ReadAllText)];
        List<string> notes = [];
        await foreach (var page in _container.ListAsync("checkpoint.2"))
            foreach (var name in page) notes.Add(Encoding.UTF8.GetString((await _container.ReadAsync(name))!.Content));
        return notes;
    }

    protected async Task<Checkpoint> SealAndSignAsync(LogProgram program)
    {
        await program.Sealer.SealAllAsync();
        return (await program.Signer.SignAsync(atOnce: true)).ShouldBeOfType<SigningOutcome.Signed>().Checkpoint.Checkpoint;
    }

    /// <summary>All tables of the ledger as they are, to be put back later.</summary>
    protected async Task<Func<Task>> BackupAsync()
    {
        string[] tables = ["mt_streams", "mt_events", "unsealed", "leaves", "seal_state", "tree_nodes", "log_identity", "checkpoints"];
        await ExecuteAsync("create schema backup; " + string.Concat(tables.Select(t => $"create table backup.{t} as table ledger.{t};")));
        return () => ExecuteAsync(
            $"truncate {string.Join(", ", tables.Select(t => "ledger." + t))};" + string.Concat(tables.Select(t => $"insert into ledger.{t} select * from backup.{t};")));
    }

    protected async Task<NoteKey> CurrentKeyAsync() => LogKeys.KeyOf((await Identity.KeysAsync(await Identity.OriginAsync())).Current!)!;

    protected sealed record LogProgram(Sealer Sealer, CheckpointSigner Signer);
}
