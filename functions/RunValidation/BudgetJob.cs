using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Budget;
using Pipeline.Infra.Packages;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.RunValidation;

/// <summary>What a version costs an agent, and whether agents can tell it from the skills beside it.</summary>
public sealed class BudgetJob(SkillQueries skills, TimeProvider time) : IValidator, IDisposable
{
    private const int MostNeighbours = 30;
    private const int PageSize = 500;

    // To read a library for each of its skills would cost the square of its size.
    private static readonly TimeSpan s_readAgain = TimeSpan.FromSeconds(20);
    private static readonly BudgetThresholds s_thresholds = new();

    private readonly SemaphoreSlim _reading = new(1, 1);
    private (string Tenant, DateTimeOffset At, IReadOnlyList<Described> Skills) _library = ("", default, []);

    public Validator Identity { get; } = BudgetValidator.Identity(s_thresholds);

    public async Task<ValidationVerdict> JudgeAsync(ValidationCase @case, CancellationToken ct)
    {
        var text = @case.Package.SkillText;
        var description = SkillFrontmatter.Read(text).Description;
        var (words, main) = (RoutingWords.Of(description), @case.Skill.VariantOf?.SkillId ?? @case.Skill.Id);
        var others = (await LibraryAsync(@case.Tenant, ct)).Where(s => s.Id != @case.Skill.Id && s.Id != main && s.VariantOf != main)
            .Select(s => (Skill: s, Overlap: RoutingWords.Overlap(words, s.Words))).Where(s => s.Overlap > 0)
            .OrderByDescending(s => s.Overlap).ThenBy(s => s.Skill.Id, StringComparer.Ordinal).Take(MostNeighbours);
        return BudgetValidator.Judge(text, description, [.. others.Select(s => new OtherSkill(s.Skill.Id, s.Skill.Description))], s_thresholds);
    }

    public void Dispose() => _reading.Dispose();

    private async Task<IReadOnlyList<Described>> LibraryAsync(string tenant, CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            if (_library.Tenant == tenant && _library.At + s_readAgain > time.GetUtcNow()) return _library.Skills;
            var all = new List<Described>();
            for (long? after = null; ;)
            {
                var page = await skills.ListAsync(tenant, new(Lifecycle.Active), after, PageSize, ct);
                all.AddRange(page.Items.Select(s => s.Skill).Select(s => new Described(s.SkillId, s.Description, s.VariantOf, RoutingWords.Of(s.Description))));
                if (page.Next is not { } next) break;
                after = next;
            }
            _library = (tenant, time.GetUtcNow(), all);
            return all;
        }
        finally
        {
            _reading.Release();
        }
    }

    private sealed record Described(string Id, string Description, string? VariantOf, IReadOnlyList<string> Words);
}
