using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>Connections to the ledger's database, as the programs here use them.</summary>
public static class LedgerDataSource
{
    /// <remarks>A connection goes back to its pool without a reset, which the server would have to work off before the next
    /// statement: a quarter of the time of a small append. So nothing may be left on one: settings are <c>set local</c>, a lock
    /// of the session is given back.</remarks>
    public static NpgsqlDataSource Create(string connectionString) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
    {
        ApplicationName = "pipeline",
        NoResetOnClose = true,

        // Queues and read models send the same few dozen statements over and over: planning them each time costs more than running them.
        MaxAutoPrepare = 64,
    });
}
