using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Security;

/// <summary>One thing that was found.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Path">Of the file; a file in an archive is <c>archive!file</c>. Safe to print.</param>
/// <param name="Line">From 1; 0 where the finding is about the whole file or package.</param>
/// <param name="Column">From 1, in UTF-16 units of the line; 0 as above.</param>
/// <param name="EndColumn">Behind the last unit; on the same line.</param>
/// <param name="Excerpt">What stands there, decoded where it was encoded: safe to print, and short.</param>
/// <param name="Context">Where it stands (<see cref="TextContext"/>), in lower case.</param>
public sealed record SecurityFinding(
    string Rule, string Class, Severity Severity, string Path, int Line, int Column, int EndColumn, string Excerpt, string Context, string What, string Why);

/// <summary>What a scan says of a package. That nothing was found is no reason to trust it.</summary>
/// <param name="Flagged">A veto: the package must not be promoted.</param>
/// <param name="Score">The sum of the weights of the rules that were found.</param>
/// <param name="Findings">The most severe first, then by path, line and rule; at most <see cref="SecurityScan.MostFindings"/>.</param>
/// <param name="RulesetDigest">Of the rules that it was judged by.</param>
/// <param name="Validator">Name and version of the scanner.</param>
public sealed record SecurityReport(bool Flagged, int Score, IReadOnlyList<SecurityFinding> Findings, string RulesetDigest, string Validator)
{
    public Verdict Verdict => Flagged ? Verdict.Failed : Verdict.Passed;
}
