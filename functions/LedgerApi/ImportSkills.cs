using System.Text;
using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Validation.Platform;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Packages;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Skills that somebody wrote elsewhere. Their bytes are kept as they are; what they claim of themselves is not believed.</summary>
public sealed record ImportSkills(IReadOnlyList<ImportedSkill> Skills) : IRequest<IReadOnlyList<ImportResult>>
{
    public Actor Actor { get; init; } = Caller.Current.Actor;

    /// <summary>The actor vouches for them: they are at <see cref="Tier.T1"/> at once, whatever validators say, and the record says by whom.</summary>
    public bool Trust { get; init; }
}

/// <param name="Id">Stays the skill's id; null: made from the name.</param>
/// <param name="Name">Null: as SKILL.md states it.</param>
/// <param name="Folder">What it is called where nothing else says so.</param>
public sealed record ImportedSkill(string? Id, string? Name, IReadOnlyList<ImportedFile> Files, string? Folder = null);

/// <param name="Content">Base64.</param>
public sealed record ImportedFile(string Path, string Content, string Mode = PackageFile.Regular);

/// <param name="Status"><c>created</c>, <c>improved</c>, <c>unchanged</c> or <c>refused</c>.</param>
public sealed record ImportResult(string Id, string Name, string Status, int? Version = null, string? Digest = null, string? Code = null, string? Message = null)
{
    /// <summary>Verdicts against it that trust has overruled, e.g. <c>security failed</c>; null where there are none.</summary>
    public IReadOnlyList<string>? Overruled { get; init; }
}

public sealed class ImportSkillsHandler(LedgerWriter ledger, LedgerFollower follower, SkillStanding standing, PackageGuard packages) : IRequestHandler<ImportSkills, IReadOnlyList<ImportResult>>
{
    private const int LongestId = 200;

    private static readonly Composer s_importer = new("import", "1");

    public async Task<IReadOnlyList<ImportResult>> Handle(ImportSkills request, CancellationToken ct)
    {
        var results = new List<ImportResult>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var skill in request.Skills) results.Add(await ImportAsync(skill, seen, request, ct));
        await follower.SettleAsync(ct);
        return results;
    }

    private async Task<ImportResult> ImportAsync(ImportedSkill imported, HashSet<string> seen, ImportSkills request, CancellationToken ct)
    {
        var (package, problem) = PackageIntake.Read(imported.Files.Select(f => (f.Path, f.Mode, f.Content)));
        if (package is null) return Refused(imported, "package", problem);
        var stated = SkillFrontmatter.Read(package.SkillText);
        var (id, name) = ImportedIdentity.Of(imported.Id, imported.Name, imported.Folder, stated);
        if (IdFault(id) is { } fault) return Refused(imported, "skill-id", fault);

        if (!seen.Add(id)) return Refused(imported, "same-name", $"another skill of the same import is called '{id}' too; give one of them another name, or ids");

        var overruled = new List<string>();
        var outcome = await WriteAsync(id, name, stated, package, request, overruled, ct);
        // Names are one skill's alone among the living: a second one of that name gets a few digits of its id behind it.
        if (outcome is WriteOutcome.NameTaken)
        {
            name = $"{Names.Slug(name, atMost: 57)}-{Digest.Short(id, 6)}";
            outcome = await WriteAsync(id, name, stated, package, request, overruled, ct);
        }
        // Revoked in this very moment: then it is the writer who found it.
        if (outcome is WriteOutcome.Refused { Code: RevokedPackage.Code } && await packages.ExplainedAsync(EventContext.DefaultTenant, package.Digest, ct) is { } why)
            outcome = new WriteOutcome.Refused(why.Code, why.Message);
        return ResultOf(outcome, imported, id, name, package.Digest) with { Overruled = overruled.Count > 0 ? overruled : null };
    }

    private static ImportResult ResultOf(WriteOutcome outcome, ImportedSkill imported, string id, string name, string digest) =>
        outcome switch
        {
            WriteOutcome.Written { Events: [SkillEvent.SkillImproved e, ..] } => new(id, name, "improved", e.Version, digest),
            WriteOutcome.Written { Events: [SkillEvent.SkillCreated, ..] } => new(id, name, "created", 1, digest),
            WriteOutcome.Written => new(id, name, "unchanged", Digest: digest),
            WriteOutcome.Refused r => Refused(imported, r.Code, r.Message),
            WriteOutcome.NameTaken taken => Refused(imported, "name-taken", $"the name is {taken.BySkillId}'s"),
            _ => Refused(imported, "contended", "others kept writing to this skill; try again"),
        };

    private Task<WriteOutcome> WriteAsync(string id, string name, SkillFrontmatter stated, Package package, ImportSkills request, List<string> overruled, CancellationToken ct)
    {
        var content = new VersionContent
        {
            Description = stated.Description,
            Package = package.Manifest,
            Composer = s_importer,
            Rationale = stated.Name == name ? "imported" : $"imported; it calls itself '{stated.Name}'",
            Taint = ["imported"],
        };
        var context = new EventContext
        {
            Actor = request.Actor,
            CausationId = package.Digest,
            CorrelationId = Streams.Of(Streams.Skill, id),
            DecidedBy = ProgramVersion.Name,
            RecordedAt = default,
        };
        return ledger.WriteAsync(context, async read =>
        {
            if (await packages.ExplainedAsync(read.Tenant, package.Digest, ct) is { } revoked) return new(revoked);
            var skill = await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve);
            if (skill.State.Origin == SkillOrigin.Learned && skill.Version > 0)
                return new(Decision.Refuse("skill-learned", $"'{id}' was learned here; import the other one under an id or name of its own"));
            SkillCommand command = skill.State.Current is { } current
                ? new SkillCommand.Improve(current.Number, content, [])
                : new SkillCommand.Create(id, name, SkillOrigin.Imported, "", "", SkillKind.Functional, content);
            var decision = SkillDecider.Decide(command, skill.State);
            if (decision is not Decision.Accepted { Events: var made }) return new(decision);
            overruled.Clear();
            if (request.Trust) overruled.AddRange(skill.State.Verdicts.Values.Where(v => v.Key.PackageDigest == package.Digest && v.Verdict == Verdict.Failed && TrialAdmission.Vetting.Contains(v.Key.Validator.Name)).Select(v => $"{v.Key.Validator.Name} failed").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            var events = request.Trust ? [.. made, .. await TrustedAsync(read, made.Aggregate(skill.State, Skill.Evolve), request.Actor, ct)] : made;
            return new(decision, [skill.Append(Streams.Skill, events)])
            {
                Contents = [.. package.Files.Select(f => new ContentBlob(f.Content))],
                Claims = command is SkillCommand.Create ? [new(name, id)] : [],
            };
        }, ct);
    }

    private async Task<IReadOnlyList<ILedgerEvent>> TrustedAsync(LedgerReader read, Skill skill, Actor by, CancellationToken ct)
    {
        if (skill.Current is not { Tier: Tier.Q } version) return [];
        var decided = SkillDecider.Decide(new SkillCommand.DecideTier(version.Number, Tier.T1, Skill.TrustPolicy, [$"trusted by {by}"], []), skill);
        if (decided is not Decision.Accepted { Events: var trusted }) return [];
        return [.. trusted, .. await standing.FollowingAsync(read, trusted.Aggregate(skill, Skill.Evolve), ct)];
    }

    // An id is a segment of addresses. A slash in one is not told from those between segments, escaped or not, and dots lead elsewhere.
    private static string? IdFault(string id) =>
        id.Length is 0 or > LongestId || id.Any(c => char.IsControl(c) || char.IsSurrogate(c)) ? $"an id has 1 to {LongestId} printable characters"
        : id is "." or ".." || id.AsSpan().ContainsAny('/', '\\') || id.Contains("%2F", StringComparison.OrdinalIgnoreCase)
            ? $"'{id}' cannot be told in an address: an id has no slashes and is not only dots; give it as '{Names.Slug(id)}', or without an id, which is then made from the name"
        : null;

    private static ImportResult Refused(ImportedSkill imported, string code, string message) =>
        new(imported.Id ?? "", imported.Name ?? "", "refused", Code: code, Message: message);
}

internal static class ImportEndpoint
{
    private const int MostSkills = 200;

    public static void MapImport(this RouteGroupBuilder api) => api.MapPost("/skills/import", async (ImportBody body, IMediator mediator, CancellationToken ct) =>
        body.Skills.Any(s => s is null || s.Files.Contains(null!)) ? Problems.Unreadable()
        : body.Skills.Count > MostSkills
            ? Problems.Result(StatusCodes.Status400BadRequest, "too-many", $"at most {MostSkills} skills are imported at a time")
            : Results.Ok(new { Results = await mediator.Send(new ImportSkills(body.Skills) { Trust = body.Trust }, ct) }))
        .WithName("ImportSkills").WithTags("skill commands").WithSummary("Takes in packages that somebody wrote elsewhere. They are quarantined until they are judged; with trust they are at T1 at once.").Needs(Role.Admin);
}

internal sealed record ImportBody(IReadOnlyList<ImportedSkill> Skills, bool Trust = false);
