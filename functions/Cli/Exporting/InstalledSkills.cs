using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>What this machine has put into a directory of skills. The lock file is shared, and may come without a skill that another machine took
/// out; and while folders are written, it is about the time before. So each folder is written down here first: whatever becomes of the
/// command, what stands there is known to be ours. Version control leaves it out.</summary>
internal sealed class InstalledSkills
{
    public const string FolderName = ".skills.local";

    private readonly string folder;
    private readonly SortedDictionary<string, List<LockedSkill>> states = new(StringComparer.Ordinal);
    private bool begun;

    private InstalledSkills(string directory) => folder = Path.Combine(directory, FolderName);

    /// <summary>Of folders that this machine has written, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. states.Keys];

    private string Journal => Path.Combine(folder, "installed.jsonl");

    /// <summary>Nothing where there is none. What cannot be read of it, such as the line at which a command was broken off, is left out.</summary>
    public static async Task<InstalledSkills> ReadAsync(string directory, CancellationToken ct)
    {
        var read = new InstalledSkills(directory);
        if (!File.Exists(read.Journal)) return read;
        await foreach (var line in File.ReadLinesAsync(read.Journal, ct))
        {
            if (Parsed(line) is { } skill) read.StatesFor(skill.Name).Add(skill);
        }

        return read;
    }

    /// <summary>What this machine may have left in a folder; none where it has written none of this name.</summary>
    public IReadOnlyList<LockedSkill> Of(string name) => states.GetValueOrDefault(name) ?? [];

    /// <summary>Before the folder is written.</summary>
    public async Task IntendAsync(LockedSkill skill, CancellationToken ct)
    {
        if (!begun) await WriteAsync(ct);
        StatesFor(skill.Name).Add(skill);
        await File.AppendAllTextAsync(Journal, Line(skill), ct);
    }

    /// <summary>When all is written: this is what stands there, and nothing else.</summary>
    public async Task SettleAsync(IEnumerable<LockedSkill> skills, CancellationToken ct)
    {
        var before = Text();
        states.Clear();
        foreach (var skill in skills) StatesFor(skill.Name).Add(skill);
        if (begun || Text() != before) await WriteAsync(ct);
    }

    // Whole and through another file: neither a link in its place nor a line that was broken off is written on.
    private async Task WriteAsync(CancellationToken ct)
    {
        if (new DirectoryInfo(folder) is not { Exists: true, LinkTarget: null }) SkillFolder.Delete(folder);
        Directory.CreateDirectory(folder);
        await ReplaceAsync(Path.Combine(folder, ".gitignore"), "*\n", ct);
        await ReplaceAsync(Journal, Text(), ct);
        begun = true;
    }

    private static async Task ReplaceAsync(string path, string text, CancellationToken ct)
    {
        var unfinished = path + ".new";
        SkillFolder.Delete(unfinished);
        await using (var stream = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write)) await stream.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        File.Move(unfinished, path, overwrite: true);
    }

    private static LockedSkill? Parsed(string line)
    {
        try
        {
            // Folders of these names are written and deleted.
            return JsonSerializer.Deserialize<LockedSkill>(line, LedgerJson.Options) is { IsWhole: true } skill && PackagePath.IsSkillName(skill.Name) ? skill : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string Text() => string.Concat(states.Values.SelectMany(s => s).Select(Line));

    private static string Line(LockedSkill skill) => JsonSerializer.Serialize(skill, LedgerJson.Options) + "\n";

    private List<LockedSkill> StatesFor(string name)
    {
        if (!states.TryGetValue(name, out var of)) states.Add(name, of = []);
        return of;
    }
}
