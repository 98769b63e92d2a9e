using Npgsql;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Platform;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Hosting;

/// <summary>Validation jobs and the validators that do them.</summary>
internal static class ValidationServices
{
    public static IServiceCollection AddValidation(this IServiceCollection services, NpgsqlDataSource database)
    {
        services.AddSingleton(new JobLimits());
        services.AddSingleton(new ValidationJobs(database));
        services.AddSingleton<IValidator, SpecJob>();
        services.AddSingleton<IValidator, SecurityJob>();
        services.AddSingleton<IValidator, BudgetJob>();
        services.AddSingleton<IValidator, GroundingJob>();
        services.AddSingleton<IValidator, BacktestJob>();
        services.AddSingleton(s => PlatformOptions.Read(name => s.GetRequiredService<IConfiguration>()[$"{PlatformOptions.Section}:{name}"]));
        services.AddSingleton<PlatformEndpoint>();
        services.AddSingleton<PlatformAnswers>();
        services.AddSingleton<StoredPackages>();
        services.AddSingleton<SkillEvidence>();
        services.AddSingleton(s => new ValidatorRegistry(
            [.. s.GetServices<IValidator>(), .. s.GetRequiredService<PlatformOptions>().IsOn ? [new PlatformJob(s.GetRequiredService<PlatformEndpoint>(), s.GetRequiredService<PlatformOptions>())] : Array.Empty<IValidator>()]));
        services.AddSingleton(new SkillDescendants(database));
        services.AddSingleton<ActiveGates>();
        services.AddSingleton<SkillLineage>();
        services.AddSingleton<RevocationSpread>();
        services.AddSingleton<SkillStanding>();
        services.AddSingleton<TierReview>();
        services.AddSingleton<JobJudgement>();
        services.AddSingleton<JobRunner>();
        services.AddSingleton<ValidationRequests>();
        return services;
    }
}
