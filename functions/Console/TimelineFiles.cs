using System.Globalization;
using Pipeline.Functions.Reading;

namespace Pipeline.Functions.Console;

/// <summary>What a timeline page shows, as files: the same question, the same rows.</summary>
internal static class TimelineFiles
{
    public static void MapTimelineFiles(this WebApplication app)
    {
        foreach (var format in (string[])["csv", "json"])
        {
            app.MapGet($"/console/timeline.{format}", (HttpContext http, PageContext page, Timeline timeline, SkillsAsOf skills) =>
                SendAsync(null, format, http, page, timeline, skills)).ExcludeFromDescription().Needs(Role.Auditor);
            app.MapGet($"/console/skills/{{id}}/timeline.{format}", (string id, HttpContext http, PageContext page, Timeline timeline, SkillsAsOf skills) =>
                SendAsync(id, format, http, page, timeline, skills)).ExcludeFromDescription().Needs(Role.Auditor);
        }
    }

    /// <summary>What a timeline page is asked, by its address.</summary>
    public static TimelineQuestion Question(this PageContext page) => new(
        page.Value("kind"), page.Value("operation"), page.Value("actor"), page.Value("text"), page.Number("before"), (int)Math.Min(page.Number("limit") ?? Timeline.UsualLength, Timeline.MostEntries));

    private static async Task<IResult> SendAsync(string? id, string format, HttpContext http, PageContext page, Timeline timeline, SkillsAsOf skills)
    {
        var skill = id is null ? null : await skills.FindAsync(id, page.Moment, http.RequestAborted);
        if (id is not null && skill is null) return Results.StatusCode(StatusCodes.Status404NotFound);
        var shown = await timeline.ReadAsync(page.Question(), skill, page.Moment, http.RequestAborted);
        var name = TimelineExport.NameOf(shown, page.Moment, format);
        // A table has no place to say it, and one without rows would read as if there were none.
        if (shown.SearchedTo is { } searched) http.Response.Headers["X-Searched-To"] = searched.ToString(CultureInfo.InvariantCulture);
        return format == "csv"
            ? Results.File(System.Text.Encoding.UTF8.GetBytes(TimelineExport.Csv(shown.Entries)), "text/csv; charset=utf-8", name)
            : Results.File(TimelineExport.Json(shown.Entries, page.Moment, shown.SearchedTo), "application/json", name);
    }
}
