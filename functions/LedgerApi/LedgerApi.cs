using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Diagnostics;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.LedgerApi;

/// <summary>The HTTP API below <c>/api</c>; its routes and shapes are described in docs/http-api.md.</summary>
public static class LedgerApi
{
    public const string DocumentRoute = "/api/openapi.json";

    public static IServiceCollection AddLedgerApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.DefaultIgnoreCondition = LedgerJson.Options.DefaultIgnoreCondition;
            o.SerializerOptions.Encoder = LedgerJson.Options.Encoder;
            o.SerializerOptions.Converters.Add(new JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.CamelCase));
        });
        return services.AddOpenApi();
    }

    public static void MapLedgerApi(this WebApplication app)
    {
        var api = app.MapGroup("/api");
        api.MapEvents();
        api.MapStatus();
        api.MapSkills();
        api.MapSkillCommands();
        api.MapImport();
        api.MapSearch();
        api.MapDeadLetters();
        app.MapHealth();
        app.MapOpenApi(DocumentRoute);
        api.MapFallback(() => Problems.Result(StatusCodes.Status404NotFound, "no-such-route", "there is no such route; /api/openapi.json lists those there are"))
            .ExcludeFromDescription();
    }

    /// <summary>Whatever goes wrong becomes a problem here, and says nothing of what was sent.</summary>
    public static void UseProblems(this WebApplication app) => app.UseExceptionHandler(handler => handler.Run(async context =>
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var problem = error switch
        {
            BadHttpRequestException bad => Problems.Result(bad.StatusCode, "bad-request", "the request cannot be read: its body, a parameter or its size is not as docs/http-api.md says"),
            Npgsql.NpgsqlException { IsTransient: true } => Problems.Result(StatusCodes.Status503ServiceUnavailable, "database-away", "the database does not answer; try again"),
            _ => Problems.Result(StatusCodes.Status500InternalServerError, "unexpected", $"something unexpected happened ({error?.GetType().Name}); the program's log has the rest"),
        };
        await problem.ExecuteAsync(context);
    }));
}
