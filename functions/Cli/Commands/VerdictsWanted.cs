using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands;

/// <summary>What to do about runs whose outcome nobody has checked: sessions of coding agents seldom come with a verdict.</summary>
internal static class VerdictsWanted
{
    /// <summary>Null where every run has one.</summary>
    public static string? Of(TrajectoryCounts trajectories) => trajectories.Unverified == 0
        ? null
        : $"{trajectories.Unverified.ToString("N0", CultureInfo.InvariantCulture)} of {trajectories.Recorded.ToString("N0", CultureInfo.InvariantCulture)} runs have no verdict by a verifier or a person, and nothing is learned from them. "
            + "A verdict is an event of type com.skillpipeline.outcome.v1 with the run's id and \"verifiedBy\": \"human\" or \"verifier\" (docs/emit.md); emit it at any time, also later.";
}
