namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>Kinds of files: by extension, which says what a file is without saying whose.</summary>
public static class FileKind
{
    /// <summary>The kind of files that have no extension.</summary>
    public const string Plain = "file";

    private const int LongestExtension = 10;

    /// <summary><c>.py</c> of <c>/a/b/Setup.PY</c>; <see cref="Plain"/> of a folder or of <c>Makefile</c>.</summary>
    public static string Of(string path)
    {
        var name = NameOf(path);
        var dot = name.LastIndexOf('.');
        if (dot <= 0 || dot == name.Length - 1 || name.Length - dot - 1 > LongestExtension) return Plain;
        var extension = name[dot..];
        return extension.AsSpan(1).ContainsAnyExcept(s_letters) || !extension.Any(char.IsAsciiLetter) ? Plain : extension.ToLowerInvariant();
    }

    /// <summary>The last part of a path.</summary>
    public static string NameOf(string path)
    {
        var trimmed = path.TrimEnd('/', '\\');
        return trimmed[(trimmed.LastIndexOfAny(['/', '\\']) + 1)..];
    }

    private static readonly System.Buffers.SearchValues<char> s_letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}
