using System.Text;
using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Packages;

/// <summary>Makes a package of files that come from outside. What could lead out of a folder, be two files or one, or choke a reader refuses
/// it whole; the reason says which file it is and what to do.</summary>
public static class PackageIntake
{
    public const int MostFiles = 500;
    public const long MostBytes = 16L * 1024 * 1024;

    /// <summary>Of SKILL.md, in bytes; ten times what an agent could load.</summary>
    public const int LargestSkillFile = 1024 * 1024;

    /// <summary>Of a line of Markdown, in bytes.</summary>
    public const int LongestLine = 256 * 1024;

    private const string Markdown = ".md";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="files">Contents in base64.</param>
    /// <returns>The package, or null and what is wrong.</returns>
    public static (Package? Package, string Problem) Read(IEnumerable<(string Path, string Mode, string Content)> files)
    {
        var read = new List<PackageFile>();
        var total = 0L;
        foreach (var (path, mode, content) in files)
        {
            if (PackagePaths.Fault(path) is { } fault) return (null, fault);
            if (mode is not (PackageFile.Regular or PackageFile.Executable)) return (null, $"{PackagePaths.Shown(path)}: a file's mode is 100644 or 100755; links are not taken");
            var bytes = new byte[content.Length];
            if (!Convert.TryFromBase64String(content, bytes, out var length)) return (null, $"{PackagePaths.Shown(path)}: its content is not base64");
            read.Add(new(path, mode, bytes[..length]));
            if (read.Count > MostFiles) return (null, TooManyFiles);
            if ((total += length) > MostBytes) return (null, TooManyBytes);
        }
        return Problem(read) is { } problem ? (null, problem) : (Package.Of(read), "");
    }

    /// <summary>Why these files can be no package; null where they can.</summary>
    public static string? Problem(IReadOnlyCollection<PackageFile> files)
    {
        if (files.Count > MostFiles) return TooManyFiles;
        if (files.Sum(f => f.Content.LongLength) > MostBytes) return TooManyBytes;
        if (files.Select(f => PackagePaths.Fault(f.Path)).FirstOrDefault(fault => fault is not null) is { } fault) return fault;
        if (PackagePaths.Collision(files.Select(f => f.Path)) is { } collision) return collision;
        if (files.FirstOrDefault(f => f.Path == Package.SkillFile) is not { } skill) return "the package has no SKILL.md";
        if (skill.Content.Length > LargestSkillFile) return $"SKILL.md has more than {LargestSkillFile} bytes: move what is not instructions to files of its own";
        return files.Where(f => f.Path.EndsWith(Markdown, StringComparison.OrdinalIgnoreCase)).Select(TextProblem).FirstOrDefault(problem => problem is not null);
    }

    private static string TooManyFiles { get; } = $"the package has more than {MostFiles} files: pack what belongs together, or leave out what agents do not read";

    private static string TooManyBytes { get; } = $"the package has more than {MostBytes} bytes: leave out what agents do not read, and let a script fetch what is large";

    private static string? TextProblem(PackageFile file)
    {
        var name = PackagePaths.Shown(file.Path);
        try
        {
            Strict.GetCharCount(file.Content);
        }
        catch (DecoderFallbackException e)
        {
            return $"{name} is no text in UTF-8 (byte {e.Index + 1}): save it as UTF-8, or give a file that is no Markdown another ending";
        }
        if (Array.IndexOf(file.Content, (byte)0) is >= 0 and var at) return $"{name} is no text (byte {at + 1} is zero): give a file that is no Markdown another ending";
        var number = 0;
        for (var start = 0; start <= file.Content.Length; number++)
        {
            var length = file.Content.AsSpan(start).IndexOf((byte)'\n') is >= 0 and var end ? end : file.Content.Length - start;
            if (length > LongestLine) return $"{name}: line {number + 1} has more than {LongestLine} bytes: break it, or move what is embedded to a file of its own";
            start += length + 1;
        }
        return null;
    }
}
