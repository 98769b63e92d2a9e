using System.Reflection;

namespace Pipeline.Infra.Postgres;

/// <summary>SQL statements, one in a file, embedded beside the code that runs them.</summary>
internal static class SqlResource
{
    /// <param name="path">From the root of the assembly's sources, with dots, e.g. <c>Queue.Sql.receive</c>.</param>
    /// <exception cref="InvalidOperationException">No such file is embedded.</exception>
    public static string Read(string path)
    {
        var name = $"Pipeline.Infra.{path}.sql";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
