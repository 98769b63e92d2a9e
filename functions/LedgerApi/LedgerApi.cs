using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Diagnostics;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Audit;
using Pipeline.Functions.EraseSubject;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.IngestEvents;
using Pipeline.Functions.Migrations;
using Pipeline.Functions.Releases;
using Pipeline.Functions.Reruns;
using Pipeline.Functions.Webhooks;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Keys;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Search;

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
            o.SerializerOptions.RespectNullableAnnotations = true;
            o.SerializerOptions.TypeInfoResolver = LedgerJson.Options.TypeInfoResolver;
            o.SerializerOptions.Converters.Add(new JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.CamelCase));
        });
        // Else a request that cannot be bound is answered with a bare status.
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        return services.AddOpenApi(o => o.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new() { Title = "Skill pipeline", Version = ProgramVersion.Number };
            return Task.CompletedTask;
        }));
    }

    public static void MapLedgerApi(this WebApplication app)
    {
        var api = app.MapGroup("/api");
        api.MapEvents();
        api.MapStatus();
        api.MapSkills();
        api.MapValidations();
        api.MapTrajectories();
        api.MapSubjects();
        api.MapSkillCommands();
        api.MapTrust();
        api.MapGates();
        api.MapReleases();
        api.MapImport();
        api.MapSearch();
        api.MapIndex();
        api.MapGaps();
        api.MapReruns();
        api.MapCuration();
        api.MapPolicies();
        api.MapDeadLetters();
        api.MapWebhooks();
        api.MapAudit();
        api.MapVerification();
        api.MapProvenance();
        api.MapSchema();
        app.MapCheckpoint();
        app.MapHealth();
        app.MapOpenApi(DocumentRoute).Needs(Role.Emitter, Role.Reader);
    }

    /// <summary>Whatever goes wrong becomes a problem here, and says nothing of what was sent.</summary>
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(handler => handler.Run(context => OfException(context, app.Logger).ExecuteAsync(context)));
        app.UseStatusCodePages(pages => OfStatus(pages.HttpContext.Response.StatusCode).ExecuteAsync(pages.HttpContext));
    }

    /// <summary>The status that an error is answered with, for those who say the rest in their own way.</summary>
    internal static int StatusOf(Exception? error) => error switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.CharacterNotInRepertoire or Npgsql.PostgresErrorCodes.UntranslatableCharacter } => StatusCodes.Status400BadRequest,
        Npgsql.NpgsqlException { IsTransient: true } or SearchUnavailableException or BlobStorageException or KeyVaultException => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static IResult OfException(HttpContext context, ILogger logger)
    {
        var feature = context.Features.Get<IExceptionHandlerFeature>();
        var error = feature?.Error;
        switch (error)
        {
            case BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest }:
                return Problems.Unreadable();
            case BadHttpRequestException bad:
                return OfStatus(bad.StatusCode);
            // PostgreSQL stores neither U+0000 in texts nor in JSON.
            case Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.CharacterNotInRepertoire or Npgsql.PostgresErrorCodes.UntranslatableCharacter }:
                return Problems.Result(StatusCodes.Status400BadRequest, "json-nul", "a text has the character U+0000, which cannot be stored; leave it out");
            case Npgsql.NpgsqlException { IsTransient: true }:
                return Problems.Result(StatusCodes.Status503ServiceUnavailable, "database-away", "the database does not answer; try again");
            case SearchUnavailableException away:
                return Problems.Result(StatusCodes.Status503ServiceUnavailable, "search-away", $"the search index cannot be asked now: {away.Message}; try again");
            case BlobStorageException or KeyVaultException:
                logger.LogError("{Route} failed: {Problem}", feature?.Endpoint?.DisplayName, error.Message);
                return Problems.Result(StatusCodes.Status503ServiceUnavailable, "storage-away", $"{error.Message}; try again");
            case ContentCorruptedException corrupted:
                return Problems.Result(StatusCodes.Status500InternalServerError, "content-corrupted", $"{corrupted.Message}; it is not served, and a replay of the version says more");
            default:
                // Its message may quote what was sent, so the log gets none.
                logger.LogError("{Route} failed: {Problem}\n{Trace}", feature?.Endpoint?.DisplayName, error?.GetType().FullName, error?.StackTrace);
                return Problems.Result(StatusCodes.Status500InternalServerError, "unexpected", $"something unexpected happened ({error?.GetType().Name}); the program's log has the rest");
        }
    }

    private static IResult OfStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => Problems.Result(status, "no-such-route", $"there is no such route; {DocumentRoute} lists those there are"),
        StatusCodes.Status405MethodNotAllowed => Problems.Result(status, "method", $"the route is there, but not for this method; {DocumentRoute} says for which"),
        StatusCodes.Status413PayloadTooLarge => Problems.Result(status, RequestBody.TooLarge, "the body is too large; send less at a time"),
        StatusCodes.Status415UnsupportedMediaType => Problems.Result(status, "content-type", $"the body is of a type that is not taken here; {DocumentRoute} says which is, mostly application/json"),
        _ => Problems.Result(status, "refused", "the request cannot be served as it is; see docs/http-api.md"),
    };
}
