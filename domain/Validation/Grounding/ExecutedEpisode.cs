using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Validation.Grounding;

/// <summary>What an agent really did and saw in one episode, to look a text's claims up in.</summary>
public sealed class ExecutedEpisode
{
    private const int MostRead = 400_000;

    private readonly HashSet<string> done = new(StringComparer.Ordinal);
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> skills = new(StringComparer.Ordinal);
    private int read;

    private ExecutedEpisode(MinedEpisode episode) => (Id, Succeeded) = (episode.Id, episode.Succeeded);

    /// <summary>Of the evidence.</summary>
    public string Id { get; }
    public bool Succeeded { get; }

    public static ExecutedEpisode Of(MinedEpisode episode)
    {
        var executed = new ExecutedEpisode(episode);
        foreach (var call in episode.Episode.Context.Concat(episode.Episode.Calls).DistinctBy(c => c.Index))
        {
            executed.Add(executed.done, call.Tool);
            executed.skills.Add(Names.Slug(call.Tool));
            foreach (var argument in call.Arguments)
            {
                executed.Add(executed.done, argument.Path);
                executed.Add(executed.done, argument.Value);
            }
            foreach (var (path, value) in call.Result)
            {
                executed.Add(executed.seen, path);
                executed.Add(executed.seen, value);
            }
            executed.Add(executed.seen, call.Call.Result?.Content ?? "");
        }
        foreach (var act in episode.Episode.Coding?.Acts ?? [])
        {
            foreach (var text in act.Words.Concat(act.Files).Append(act.Name).Append(act.Code)) executed.Add(executed.done, text);
            executed.Add(executed.seen, act.Result?.Content ?? "");
        }
        return executed;
    }

    /// <summary>All of the claim was in the agent's own calls, or a plan names the skill for one of their tools by it.</summary>
    public bool Did(Claim claim, SkillKind kind) => claim.Atoms.All(done.Contains)
        || (kind == SkillKind.Plan && SkillDecider.IsName(claim.Text) && skills.Any(s => claim.Text.EndsWith("-" + s, StringComparison.Ordinal)));

    /// <summary>All of it was there, in calls or in what they gave back.</summary>
    public bool Shows(Claim claim) => claim.Atoms.All(a => done.Contains(a) || seen.Contains(a));

    private void Add(HashSet<string> to, string text)
    {
        var part = text.Length <= MostRead - read ? text : text[..(MostRead - read)];
        read += part.Length;
        to.UnionWith(Claim.AtomsOf(part));
    }
}
