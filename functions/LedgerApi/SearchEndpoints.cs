using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.LedgerApi;

internal static class SearchEndpoints
{
    private const int MostQueries = 200;
    private const int MostResults = 100;

    public static void MapSearch(this RouteGroupBuilder api)
    {
        api.MapGet("/search", SearchAsync).WithName("Search").WithTags("search").WithSummary("Finds skills for a task text, best first. What it finds is unvetted.");
        api.MapPost("/search", SearchManyAsync).WithName("SearchMany").WithTags("search").WithSummary("The same for many texts, which may be long.");
    }

    private static async Task<IResult> SearchAsync(string q, ISkillIndex index, CancellationToken ct, int top = 10, double within = 0, string model = "", string environment = "")
    {
        var found = await index.SearchAsync(new(EventContext.DefaultTenant, q, Math.Clamp(top, 1, MostResults), environment, Within: Math.Clamp(within, 0, 1)) { Model = model }, ct);
        return Results.Ok(new
        {
            found.Leaf,
            Vetted = false,
            Results = found.Value.Select(h => new { Id = h.SkillId, h.Name, h.Version, h.Digest, h.Description, h.Score, VariantOf = Told(h.VariantOf), Model = Told(h.Model) }),
        });
    }

    private static async Task<IResult> SearchManyAsync(SearchRequest request, ISkillIndex index, CancellationToken ct)
    {
        if (request.Queries.Contains(null!)) return Problems.Unreadable();
        if (request.Queries.Count > MostQueries)
            return Problems.Result(StatusCodes.Status400BadRequest, "too-many", $"at most {MostQueries} queries are taken at a time");
        var results = new List<object>();
        var leaf = 0L;
        foreach (var query in request.Queries)
        {
            var found = await index.SearchAsync(new(EventContext.DefaultTenant, query.Text, Math.Clamp(request.Top, 1, MostResults), request.Environment, Within: Math.Clamp(request.Within, 0, 1)) { Model = request.Model }, ct);
            leaf = found.Leaf;
            results.Add(new { query.Id, Ranked = found.Value.Select(h => new { Id = h.SkillId, h.Name, h.Version, h.Digest, h.Score, VariantOf = Told(h.VariantOf), Model = Told(h.Model) }) });
        }
        return Results.Ok(new { leaf, Vetted = false, results });
    }

    // Only siblings have any.
    private static string? Told(string text) => text.Length > 0 ? text : null;
}

internal sealed record SearchRequest(IReadOnlyList<SearchText> Queries, int Top = 10, double Within = 0, string Model = "", string Environment = "");

internal sealed record SearchText(string Id, string Text);
