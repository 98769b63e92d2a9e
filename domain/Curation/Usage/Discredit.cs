namespace Pipeline.Domain.Curation.Usage;

/// <summary>Which calls a skill talked its users into and made them fail by: with the skill they made the call more often than without, and
/// runs with the call succeeded less often than runs without it.</summary>
/// <remarks>Only sources that have used the skill have a say, since they alone show what it changed: whoever reports successes with a call and
/// never uses what is learned from them cannot vouch for it. Both differences must exclude nothing (<see cref="SuccessRates.Difference"/>).
/// Where those sources do better with the call and without the version, the call is not what the version fails by.
/// A call that every run makes is never discredited, for there is nothing to compare it with.</remarks>
public static class Discredit
{
    /// <returns>Names of tools, from all versions together: what was found harmful once stays so while the evidence for it stands.</returns>
    public static IReadOnlySet<string> Of(UtilityAccount account, CurationPolicy policy)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var version in account.Versions)
        {
            var exposed = account.With(version);
            var users = exposed.Select(t => t.Source).ToHashSet(StringComparer.Ordinal);
            IReadOnlyList<Trial> OfUsers(IEnumerable<Trial> trials) => FairShare.Of([.. trials.Where(t => users.Contains(t.Source))], policy);
            found.UnionWith(Of(FairShare.Of(exposed, policy), OfUsers(account.Controls), OfUsers(account.Versions.Where(v => v != version).SelectMany(account.With)), policy));
        }
        return found;
    }

    private static IEnumerable<string> Of(IReadOnlyList<Trial> exposed, IReadOnlyList<Trial> controls, IReadOnlyList<Trial> others, CurationPolicy policy)
    {
        var z = SuccessRates.Deviate(policy.Confidence);
        (double, double) Share(IReadOnlyCollection<Trial> trials, Func<Trial, bool> has) => trials.Count == 0 ? (0, 0) : ((double)trials.Count(has) / trials.Count, trials.Count);
        foreach (var tool in exposed.SelectMany(t => t.Tools).Distinct(StringComparer.Ordinal))
        {
            bool Calls(Trial t) => t.Tools.Contains(tool, StringComparer.Ordinal);
            var all = exposed.Concat(controls).ToLookup(Calls);
            var (lower, _) = SuccessRates.Difference(Share(exposed, Calls), Share(controls, Calls), z);
            var (_, upper) = SuccessRates.Difference(Share([.. all[true]], t => t.Succeeded), Share([.. all[false]], t => t.Succeeded), z);
            var (_, least) = SuccessRates.Difference(Share([.. exposed.Where(Calls)], t => t.Succeeded), Share([.. controls.Concat(others).Where(Calls)], t => t.Succeeded), z);
            if (lower > 0 && upper < 0 && least >= 0) yield return tool;
        }
    }
}
