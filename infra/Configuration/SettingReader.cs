using System.Globalization;

namespace Pipeline.Infra.Configuration;

/// <summary>Reads the settings of one section by name, and collects what is wrong with them: a setting that nobody knows, or a value out of range,
/// each in a sentence that begins with its name.</summary>
public sealed class SettingReader(string section, IEnumerable<KeyValuePair<string, string?>> settings)
{
    private readonly Dictionary<string, string> _settings =
        settings.Where(s => !string.IsNullOrWhiteSpace(s.Value)).ToDictionary(s => s.Key, s => s.Value!.Trim(), StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _problems = [];

    /// <summary>Whether anything is given at all.</summary>
    public bool IsEmpty => _settings.Count == 0;

    /// <summary>What is wrong, with what nobody has asked for by now.</summary>
    public IEnumerable<string> Problems => _problems.Concat(_settings.Keys.Where(n => !_known.Contains(n)).Order(StringComparer.Ordinal)
        .Select(name => $"{section}:{name} is not known; there are {string.Join(", ", _known.Order(StringComparer.Ordinal))}"));

    public string Text(string name)
    {
        _known.Add(name);
        return _settings.GetValueOrDefault(name, "");
    }

    public int Number(string name, int least, int most, int otherwise)
    {
        var text = Text(name);
        if (text.Length == 0) return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value : Wrong(name, $"is a whole number from {least} to {most}", otherwise);
    }

    public string OneOf(string name, string otherwise, params string[] choices)
    {
        var text = Text(name).ToLowerInvariant();
        return text.Length == 0 ? otherwise : choices.Contains(text, StringComparer.Ordinal) ? text : Wrong(name, $"is {string.Join(" or ", choices)}", otherwise);
    }

    /// <summary>A base address without user, query and fragment; null where none is given.</summary>
    /// <param name="allowsHttp">Also to another machine: over http, anybody on the way could read along.</param>
    public Uri? Address(string name, string example, bool allowsHttp = false)
    {
        var text = Text(name);
        if (text.Length == 0) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri is not { Query.Length: 0, Fragment.Length: 0, UserInfo.Length: 0 })
            return Wrong<Uri?>(name, $"is no address such as {example} (without user, query and fragment)", null);
        return uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback && !allowsHttp
            ? Wrong<Uri?>(name, "is http and not on this machine, so that anybody on the way could read along; use https", null)
            : uri;
    }

    /// <summary>A secret as header values take it.</summary>
    public string Key(string name)
    {
        var text = Text(name);
        return text.Any(c => c is < '!' or > '~') ? Wrong(name, "has blanks or characters in it that no key has", "") : text;
    }

    public T Wrong<T>(string name, string rule, T otherwise)
    {
        _problems.Add($"{section}:{name} {rule}");
        return otherwise;
    }
}
