using System.Collections.Concurrent;
using System.Reflection;

namespace Pipeline.Infra.Postgres;

/// <summary>The statements in <c>Sql/*.sql</c> and the migrations in <c>Schema/*.sql</c>, embedded in the assembly.</summary>
public static class SqlText
{
    private const string Root = "Pipeline.Infra.Postgres.";
    private static readonly Assembly Home = typeof(SqlText).Assembly;
    private static readonly ConcurrentDictionary<string, string> Statements = new(StringComparer.Ordinal);

    /// <param name="name">The file's name without its ending, e.g. <c>read_stream</c>.</param>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    public static string Of(string name) => Statements.GetOrAdd(name, static n => Read($"{Root}Sql.{n}.sql"));

    /// <summary>The migrations in the order in which they apply: by name, so by number first.</summary>
    internal static IEnumerable<(string Name, string Text)> Migrations() =>
        from resource in Home.GetManifestResourceNames()
        where resource.StartsWith($"{Root}Schema.", StringComparison.Ordinal)
        let name = resource[$"{Root}Schema.".Length..^".sql".Length]
        orderby name
        select (name, Read(resource));

    private static string Read(string resource)
    {
        using var stream = Home.GetManifestResourceStream(resource) ?? throw new ArgumentException($"no embedded SQL '{resource}'", nameof(resource));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
