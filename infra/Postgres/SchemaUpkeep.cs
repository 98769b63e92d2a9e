namespace Pipeline.Infra.Postgres;

/// <summary>Who brings the schema up to the program.</summary>
public enum SchemaUpkeep
{
    /// <summary>The program, when it starts.</summary>
    Auto,

    /// <summary>Whoever says so: <c>pipeline migrate apply</c>.</summary>
    Never,
}

/// <summary>The setting <c>Database__Migrate</c>.</summary>
public static class SchemaUpkeepSetting
{
    public const string Variable = "Database__Migrate";

    /// <exception cref="SchemaUpkeepException">It says something else.</exception>
    public static SchemaUpkeep Read(string? value) => value?.Trim().ToUpperInvariant() switch
    {
        null or "" or "AUTO" => SchemaUpkeep.Auto,
        "NEVER" => SchemaUpkeep.Never,
        _ => throw new SchemaUpkeepException($"{Variable} is auto or never, and not {value}"),
    };

    /// <inheritdoc cref="Read"/>
    public static SchemaUpkeep OfEnvironment() => Read(Environment.GetEnvironmentVariable(Variable));
}

public sealed class SchemaUpkeepException(string message) : Exception(message);
