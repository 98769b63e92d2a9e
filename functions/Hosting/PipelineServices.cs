using MediatR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.LedgerApi;
using Pipeline.Functions.ProjectTrajectory;
using Pipeline.Functions.Reading;
using Pipeline.Functions.Releases;
using Pipeline.Functions.Webhooks;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Queue;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.Hosting;

/// <summary>What the program is made of: the composition root.</summary>
public static class PipelineServices
{
    /// <param name="home">Where the log's keys and its published checkpoint are.</param>
    public static IServiceCollection AddPipeline(this IServiceCollection services, NpgsqlDataSource database, IKeyProvider keys, string home)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(database);
        services.AddSingleton(keys);
        services.AddSingleton(s => new SchemaMigration(database, s.GetRequiredService<TimeProvider>()));

        services.AddSingleton(s => new EventStore(database, s.GetRequiredService<TimeProvider>()));
        services.AddLog(database, home);
        services.AddSingleton<FoldCache>();
        services.AddSingleton<CommitSignal>();
        services.AddSingleton(new PackageHolders(database));
        services.AddSingleton<PackageGuard>();
        services.AddSingleton<LedgerWriter>();
        services.AddSingleton(new FamilyLocks(database));
        services.AddSingleton<KinLocks>();
        services.AddSingleton(new CurationProgress(database));
        services.AddSingleton(new EventStates(database));
        services.AddSingleton(new EventCounts(database));
        services.AddSingleton(new Backlogs(database));
        services.AddSingleton<Readiness>();

        services.AddPayloads(database, keys);
        services.TryAddSingleton(RetryPacing.None);

        services.AddSingleton(new PostgresQueue(database));
        services.AddSingleton(s => new QueueListener(database, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new DeadLetters(database));

        services.AddSingleton(s => new ProjectionRunner(database, s.GetRequiredService<EventStore>(), ProjectionRunner.All));
        services.AddSingleton(new SkillQueries(database));
        services.AddSingleton(new StatusQueries(database));
        services.AddSingleton(new TrajectoryQueries(database));
        services.AddSingleton(new FamilyQueries(database));
        services.AddSearch(database);

        services.AddSingleton<FamilyAssignment>();
        services.AddSingleton<TrajectoryProjection>();
        services.AddSingleton<OutcomeProjection>();
        services.AddSingleton<ActivePolicies>();
        services.AddSingleton<EpisodeReader>();
        services.AddSingleton<FamilyGaps>();
        services.AddSingleton<KinReader>();
        services.AddSingleton<FamilyCurator>();
        services.AddSingleton<SweepLifecycle.LibrarySweeper>();
        services.AddValidation(database);
        services.AddComposer(database);
        services.AddWebhooks(database);
        services.AddSingleton<SkillViews>();
        services.AddSingleton<PackageDownload>();
        services.AddSingleton<SkillUse>();
        services.AddSingleton<SkillCommandDecisions>();
        services.AddSingleton<PolicyCommands>();
        services.AddReleases();
        services.AddSingleton(new PurgedContents(database));
        services.AddSingleton<SkillReplay>();
        services.AddReading();
        services.AddSingleton<Reruns.SealedHistory>();
        services.AddSingleton<Reruns.NamedPolicies>();
        services.AddSingleton<Reruns.LedgerRerun>();
        services.AddSingleton<PolicyShipment>();
        services.AddHttpClient();
        services.AddSingleton<LedgerFollower>();
        services.AddHostedService(s => s.GetRequiredService<LedgerFollower>());
        return services.AddHandlers();
    }

    // MediatR 5 comes without a registration of its own for this container: the mediator, and every handler in this assembly.
    private static IServiceCollection AddHandlers(this IServiceCollection services)
    {
        services.AddSingleton<ServiceFactory>(s => s.GetRequiredService);
        services.AddSingleton<IMediator, Mediator>();
        services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(TracedRequest<,>));
        var handlers = from type in typeof(PipelineServices).Assembly.GetTypes()
                       where type is { IsAbstract: false, IsGenericTypeDefinition: false }
                       from contract in type.GetInterfaces()
                       where contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)
                       select (contract, type);
        foreach (var (contract, type) in handlers) services.AddSingleton(contract, type);
        return services;
    }
}
