using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>How a skill in a directory stands. The first that holds is told.</summary>
internal enum SkillMark { Missing, Changed, Revoked, Quarantined, Fallen, Withdrawn, Newer, Ok, Extra }

/// <param name="Version">Null for a folder that the lock file does not name; so is the digest.</param>
/// <param name="Detail">Empty where there is nothing to say.</param>
/// <param name="IsLeftOver">Of a folder that the lock file does not name: it was installed here at an earlier time.</param>
internal sealed record VerifiedSkill(string Name, int? Version, string? Digest, SkillMark Mark, string Detail, bool IsLeftOver = false)
{
    public bool IsWrong => IsLeftOver || Mark is SkillMark.Missing or SkillMark.Changed or SkillMark.Revoked or SkillMark.Quarantined or SkillMark.Fallen;
}

/// <summary>Compares a directory with its lock file, and its lock file with the ledger where one can be asked.</summary>
internal sealed class FolderVerification(string directory, SkillsLock lockFile)
{
    private static readonly EnumerationOptions AnyCase = new() { MatchCasing = MatchCasing.CaseInsensitive, IgnoreInaccessible = true };

    /// <param name="client">Null: the bytes only.</param>
    public async Task<IReadOnlyList<VerifiedSkill>> RunAsync(LedgerClient? client, CancellationToken ct)
    {
        var served = client is null ? null : await ServedAsync(client, ct);
        var verified = new List<VerifiedSkill>();
        foreach (var skill in lockFile.Skills)
        {
            var (mark, detail) = OnDisk(skill) ?? (client is null ? (SkillMark.Ok, WithoutScripts(skill)) : await InLedgerAsync(skill, client, served!, ct));
            verified.Add(new(skill.Name, skill.Version, skill.Digest, mark, detail));
        }

        return [.. verified, .. await ExtraAsync(ct)];
    }

    private async Task<Dictionary<string, SkillFacts>> ServedAsync(LedgerClient client, CancellationToken ct)
    {
        try
        {
            return (await client.SkillsAsync("active", ct, lockFile.Alias, lockFile.Environment)).Value.Skills.ToDictionary(s => s.Id, StringComparer.Ordinal);
        }
        catch (LedgerApiException e) when (e.Status == StatusCodes.Status404NotFound)
        {
            // The last skill that had the alias has it no more.
            return [];
        }
    }

    // An agent reads whatever lies there, not what the lock file says.
    private async Task<IReadOnlyList<VerifiedSkill>> ExtraAsync(CancellationToken ct)
    {
        var installed = await InstalledSkills.ReadAsync(directory, ct);
        return
        [
            .. Directory.EnumerateDirectories(directory).Select(Path.GetFileName).OfType<string>()
                .Where(name => name[0] != '.' && lockFile.Skills.All(s => s.Name != name) && Directory.EnumerateFiles(Path.Combine(directory, name), Package.SkillFile, AnyCase).Any())
                .Order(StringComparer.Ordinal)
                .Select(name => installed.Of(name).Count > 0
                    ? new VerifiedSkill(name, null, null, SkillMark.Extra, $"it was installed here and is not in the lock file any more: take it out with `{Invocation.Of("skill sync")}`", IsLeftOver: true)
                    : new VerifiedSkill(name, null, null, SkillMark.Extra, "the lock file does not name it, so nothing is known of it here")),
        ];
    }

    private (SkillMark, string)? OnDisk(LockedSkill skill)
    {
        if (!lockFile.ByName.ContainsKey(skill.Name)) return (SkillMark.Changed, "the lock file has a name that is none for a folder");
        if (!skill.IsConsistent) return (SkillMark.Changed, "the lock file contradicts itself: the digest is not that of the files it lists");
        var folder = Path.Combine(directory, skill.Name);
        if (!SkillFolder.Exists(folder)) return (SkillMark.Missing, "its folder is not there");
        return SkillFolder.WhatDiffers(folder, skill.Given) is { } difference ? (SkillMark.Changed, difference) : null;
    }

    private async Task<(SkillMark, string)> InLedgerAsync(LockedSkill skill, LedgerClient client, Dictionary<string, SkillFacts> served, CancellationToken ct)
    {
        VersionAnswer recorded;
        try
        {
            recorded = (await client.VersionAsync(skill.Id, skill.Version, ct)).Value;
        }
        catch (LedgerApiException e) when (e.Status == StatusCodes.Status404NotFound)
        {
            return (SkillMark.Changed, e.Detail);
        }

        var version = recorded.Version;
        if (version.Digest != skill.Digest) return (SkillMark.Changed, $"the ledger recorded {version.Digest} for version {skill.Version}");
        if (version.Revoked) return (SkillMark.Revoked, $"version {skill.Version} is revoked: take it out with `{Invocation.Of("skill sync")}`");
        if (version.IsQuarantined) return (SkillMark.Quarantined, $"version {skill.Version} is in quarantine, no agent is to have it: take it out with `{Invocation.Of("skill sync")}`");
        if (version.WhyNotUnder(lockFile.AliasOf(skill), skill.Name) is { } fell) return (SkillMark.Fallen, $"{fell}: take it out with `{Invocation.Of("skill sync")}`");
        if (!served.TryGetValue(skill.Id, out var now) || now.Version is null) return (SkillMark.Withdrawn, "it is not served any more");
        return now.Version != skill.Version && now.Digest != skill.Digest ? (SkillMark.Newer, $"version {now.Version} is served") : (SkillMark.Ok, NotAllowed(skill, version.Tier, recorded.Withheld ?? []));
    }

    private static string WithoutScripts(LockedSkill skill) => skill.Withheld is null ? "" : $"without {string.Join(", ", skill.Withheld)}";

    // What is there although the tier does not allow it is what somebody chose, and is told each time.
    private static string NotAllowed(LockedSkill skill, string tier, IReadOnlyList<string> withheld)
    {
        var there = withheld.Where(w => skill.Withheld is null || skill.Withheld.All(path => w != $"script {path}")).ToList();
        return string.Join("; ", new[] { WithoutScripts(skill), there.Count > 0 ? $"{tier.ToUpperInvariant()} does not allow {string.Join(", ", there)}" : "" }.Where(t => t.Length > 0));
    }
}
