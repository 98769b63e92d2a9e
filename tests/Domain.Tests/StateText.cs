using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pipeline.Domain.Tests;

/// <summary>A state as text, every public property down to the leaves, so that two folds can be compared by content.
/// Sets and dictionaries are sorted: the order in which they were filled is no part of the state.</summary>
internal static class StateText
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        IFormattable plain => plain.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        ITuple tuple => $"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Of(tuple[i])))})",
        IEnumerable items when IsUnordered(value) => $"{{{string.Join(", ", Texts(items).Order(StringComparer.Ordinal))}}}",
        IEnumerable items => $"[{string.Join(", ", Texts(items))}]",
        _ => $"{value.GetType().Name} {{ {string.Join(", ", Properties(value))} }}",
    };

    private static IEnumerable<string> Texts(IEnumerable items) => items.Cast<object?>().Select(Of);

    private static bool IsUnordered(object value) => value is IDictionary || value.GetType().GetInterfaces().Any(i =>
        i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(IReadOnlySet<>) || i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)));

    private static IEnumerable<string> Properties(object value) => value.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.GetIndexParameters().Length == 0)
        .OrderBy(p => p.Name, StringComparer.Ordinal)
        .Select(p => $"{p.Name}: {Of(p.GetValue(value))}");
}
