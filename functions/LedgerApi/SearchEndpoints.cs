using Microsoft.AspNetCore.Mvc;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.LedgerApi;

internal static class SearchEndpoints
{
    private const int MostQueries = 200;
    private const int MostResults = 100;
    private const int MostSkipped = 10_000;

    public static void MapSearch(this RouteGroupBuilder api)
    {
        api.MapGet("/search", SearchAsync).WithName("Search").WithTags("search").WithSummary("Finds skills for a task text, best first.").Needs(Role.Reader);
        api.MapPost("/search", SearchManyAsync).WithName("SearchMany").WithTags("search").WithSummary("The same for many texts, which may be long.").Needs(Role.Reader);
    }

    private static async Task<IResult> SearchAsync(
        string q, CallerSearch search, CancellationToken ct, int top = 10, int skip = 0, double within = 0, string model = "", string environment = "", string alias = "", string tier = "",
        [FromHeader(Name = CallerKey.Header)] string? caller = null)
    {
        if (!CallerKey.TryRead(caller, out var key)) return CallerKey.Refused;
        if (double.IsNaN(within)) return Problems.Result(StatusCodes.Status400BadRequest, "within", "'within' is a share from 0 to 1");
        if (Wish(new([], top, within, model, environment, skip, alias, tier)) is not { } wish) return NoTier(tier);
        var found = await search.SearchAsync((await search.ForAsync(wish, key, ct)) with { Text = q }, ct);
        return Results.Ok(new
        {
            found.Leaf,
            wish.Alias,
            Results = found.Value.Select(h => new { Id = h.SkillId, h.Name, h.Version, h.Digest, h.Description, h.Environment, h.Tier, Allows = TierAllowance.Of(h.Tier), h.ServedBy, h.Score, VariantOf = Told(h.VariantOf), Model = Told(h.Model) }),
        });
    }

    private static async Task<IResult> SearchManyAsync(
        SearchRequest request, CallerSearch search, CancellationToken ct, [FromHeader(Name = CallerKey.Header)] string? caller = null)
    {
        if (!CallerKey.TryRead(caller, out var key)) return CallerKey.Refused;
        if (request.Queries.Contains(null!)) return Problems.Unreadable();
        if (request.Queries.Count > MostQueries)
            return Problems.Result(StatusCodes.Status400BadRequest, "too-many", $"at most {MostQueries} queries are taken at a time");
        if (Wish(request) is not { } wish) return NoTier(request.Tier);
        wish = await search.ForAsync(wish, key, ct);
        var results = new List<object>();
        var leaf = 0L;
        foreach (var query in request.Queries)
        {
            var found = await search.SearchAsync(wish with { Text = query.Text }, ct);
            leaf = found.Leaf;
            results.Add(new { query.Id, Ranked = found.Value.Select(h => new { Id = h.SkillId, h.Name, h.Version, h.Digest, h.Description, h.Environment, h.Tier, Allows = TierAllowance.Of(h.Tier), h.ServedBy, h.Score, VariantOf = Told(h.VariantOf), Model = Told(h.Model) }) });
        }
        return Results.Ok(new { leaf, wish.Alias, results });
    }

    /// <returns>Null where the tier is none.</returns>
    private static SkillSearch? Wish(SearchRequest request)
    {
        var wish = new SkillSearch(EventContext.DefaultTenant, "", Math.Clamp(request.Top, 1, MostResults), request.Environment, Math.Clamp(request.Within, 0, 1))
        {
            Skip = Math.Clamp(request.Skip, 0, MostSkipped),
            Model = request.Model,
        };
        if (request.Alias.Length > 0) wish = wish with { Alias = request.Alias };
        if (request.Tier.Length == 0) return wish;
        // By name alone: the framework would take "1", and add up "T1,T2".
        return Enum.GetNames<Tier>().Contains(request.Tier, StringComparer.OrdinalIgnoreCase) ? wish with { LeastTier = Enum.Parse<Tier>(request.Tier, ignoreCase: true) } : null;
    }

    private static IResult NoTier(string tier) => Problems.Result(StatusCodes.Status400BadRequest, "tier", $"'{tier}' is no tier; there are {string.Join(", ", Enum.GetNames<Tier>())}");

    // Only siblings have any.
    private static string? Told(string text) => text.Length > 0 ? text : null;
}

/// <param name="Alias">Empty: the one that is served to who does not ask.</param>
/// <param name="Tier">At least; empty: the one from which on anything is served.</param>
internal sealed record SearchRequest(
    IReadOnlyList<SearchText> Queries, int Top = 10, double Within = 0, string Model = "", string Environment = "", int Skip = 0, string Alias = "", string Tier = "");

internal sealed record SearchText(string Id, string Text);
