using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Tests.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Log;

/// <summary>A ledger whose log has a name, a key and a place where it is published.</summary>
public abstract class LoggedLedgerTests(PostgresFixture postgres) : LedgerTests(postgres), IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("log-").FullName;
    private readonly List<CheckpointSigner> _signers = [];

    protected string CheckpointFile => Path.Combine(_home, "checkpoint");
    protected FileLogKeys Keys => FileLogKeys.Below(_home);
    protected string KeyDirectory => Path.Combine(_home, "keys", "log");
    protected LogTree Tree => new(Db);
    protected CheckpointStore Checkpoints => new(Db);
    protected LogIdentity Identity => new(Db, Store, Keys);

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
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

    /// <summary>A program as it starts: it remembers nothing.</summary>
    protected LogProgram Start(bool withFile = true)
    {
        var publication = withFile ? new FileCheckpointPublication(CheckpointFile, TimeProvider.System) : null;
        var sealer = new Sealer(Db, null, publication);
        var signer = new CheckpointSigner(Db, sealer, Identity, Keys, Checkpoints, TimeProvider.System, publication);
        _signers.Add(signer);
        return new(sealer, signer);
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
