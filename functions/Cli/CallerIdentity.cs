using System.CommandLine;
using System.Security.Cryptography;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.LedgerApi;

namespace Pipeline.Functions.Cli;

/// <summary>Who the command line asks as, where an alias is only for a share of the callers: as told, else a random id that this user keeps.</summary>
internal static class CallerIdentity
{
    public const string Variable = "PIPELINE_CALLER";

    public static Option<string?> Option()
    {
        var option = new Option<string?>("--caller")
        {
            Description = $"Who asks, for aliases that only a share of the callers get: an id that stays the same. [default: {Variable}, or a random id that is kept for this user]",
            HelpName = "KEY",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !IsKey(result.GetValueOrDefault<string?>() ?? "")) result.AddError($"--caller has 1 to {CallerKey.Longest} printable ASCII characters.");
        });
        return option;
    }

    /// <param name="told">What <c>--caller</c> says.</param>
    /// <returns>Null where it makes no difference, or no id can be kept: then the caller is outside of any share.</returns>
    public static string? Of(string? told, string? alias, Terminal terminal)
    {
        if (alias is null or AliasRules.Latest) return null;
        if (told is not null) return told;
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set)
            return IsKey(set) ? set : throw new CliFailure(ExitCodes.Usage, $"{Variable} has 1 to {CallerKey.Longest} printable ASCII characters.");
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        var path = Path.Combine(folder, "pipeline", "caller");
        try
        {
            return folder.Length > 0 ? Kept(path) : throw new IOException("this user has no folder for settings");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Say($"No id could be kept in {path} ({e.Message}), so this asks as nobody, outside of any share of the callers. --caller or {Variable} says who asks.");
            return null;
        }
    }

    /// <summary>The id in a file, which is made where there is none.</summary>
    /// <exception cref="IOException">There is a file, and it has no id.</exception>
    internal static string Kept(string path)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // Another command may be first, and then its id is the one.
            var unfinished = $"{path}.{Guid.NewGuid():n}";
            File.WriteAllText(unfinished, RandomNumberGenerator.GetHexString(32, lowercase: true));
            try
            {
                File.Move(unfinished, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(unfinished);
            }
        }
        return File.ReadAllText(path).Trim() is var key && IsKey(key) ? key : throw new IOException("it is no id; delete it, and another is made");
    }

    private static bool IsKey(string text) => text.Length is > 0 and <= CallerKey.Longest && text.All(c => c is >= '!' and <= '~');
}
