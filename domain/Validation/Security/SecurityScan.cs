using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Security.Measures;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security;

/// <summary>Judges every byte of every file of a package by a set of rules. Nothing is run, and nothing outside is asked.</summary>
public static class SecurityScan
{
    /// <summary>Of the code; what it looks for is the ruleset's.</summary>
    public const string Validator = "security/1";

    public const int MostFindings = 500;

    public static SecurityReport Judge(SecurityRuleset ruleset, IReadOnlyList<PackageFile> package, CancellationToken ct = default)
    {
        var (files, facts) = Unpacking.Of(package, ruleset.Rules.Limits);
        var evidence = new Evidence(ruleset, files);
        foreach (var fact in facts.Concat(PackageMeasures.OfPaths(files))) evidence.Add(fact);
        for (var i = 0; i < files.Count; i++)
        {
            ct.ThrowIfCancellationRequested();
            evidence.Read(i);
        }
        return Verdicts.Of(ruleset, evidence);
    }
}
