using System.Text;

namespace Pipeline.Infra.Postgres;

/// <summary>Text that PostgreSQL takes: U+0000 and lone surrogates, which it refuses, become U+FFFD.</summary>
internal static class StorableText
{
    public static string Of(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');
}
