namespace Pipeline.Infra.Local;

/// <summary>Where an <see cref="EmbeddedPostgres"/> keeps its files, and how it is tuned.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>The product's home, e.g. <c>.pipeline</c>. Binaries, data, password and log go to <c>postgres/</c> below it and are kept
    /// between runs.</summary>
    public required string HomeDirectory { get; init; }

    /// <summary>Where the binaries are installed, or empty for <c>postgres/</c> below the home. May be shared by several homes.</summary>
    public string InstallDirectory { get; init; } = "";

    /// <summary>Server settings by name, over the built-in ones. They hold for a server that this call starts, not for one it joins.</summary>
    /// <remarks>Names and values are letters, digits and <c>_ . % / -</c>; anything else is an <see cref="ArgumentException"/>.</remarks>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Settings for data that may be lost with the machine, as in tests: nothing waits for the disk. A commit still outlives the
    /// server, so <c>synchronous_commit</c> stays on.</summary>
    public static IReadOnlyDictionary<string, string> Throwaway { get; } = new Dictionary<string, string>
    {
        ["fsync"] = "off",
        ["full_page_writes"] = "off",
    };
}

/// <summary>The embedded PostgreSQL cannot be installed or started. The message says why and what to do.</summary>
public sealed class EmbeddedPostgresException : Exception
{
    public EmbeddedPostgresException(string message) : base(message) { }

    public EmbeddedPostgresException(string message, Exception inner) : base(message, inner) { }

    internal const string Alternative = "Or set ConnectionStrings__Ledger to a PostgreSQL (15 or newer) of your own.";
}
