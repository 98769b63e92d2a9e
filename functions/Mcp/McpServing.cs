using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Mcp;

/// <summary>What a server of the protocol gives to its agent.</summary>
/// <param name="Alias">Which version of each skill.</param>
/// <param name="WithScripts">Whether scripts are given out whatever the tier.</param>
/// <param name="AllowEmit">Whether there are also the tools that put something in; else everything only reads.</param>
internal sealed record McpServing(string Alias = AliasRules.Latest, bool WithScripts = false, bool AllowEmit = false)
{
    /// <summary>Why an agent does not get a version, whatever it asks by; null when it does. A number is no way around the alias: it leads to no version
    /// that is trusted less than the alias needs.</summary>
    public string? WhyNot(string skill, VersionFacts version)
    {
        var tier = TierOf(version);
        return version.WhyNot(skill) is { } withheld ? withheld
            : tier < AliasRules.Needs(Alias) ? $"version {version.Version} of {skill} is at {tier}; what is served here is {Alias}, which needs {AliasRules.Needs(Alias)}"
            : null;
    }

    /// <summary>Why an agent does not get a file of a version that it does get; null when it does.</summary>
    public string? WhyNot(VersionFacts version, PackageFile file) => WithScripts ? null : TierAllowance.WhyNot(TierOf(version), file);

    // What is not known is trusted by nobody.
    private static Tier TierOf(VersionFacts version) => Enum.TryParse<Tier>(version.Tier, ignoreCase: true, out var tier) ? tier : Tier.Q;
}
