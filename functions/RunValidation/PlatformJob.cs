using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Domain.Validation.Platform;
using Pipeline.Infra.Platform;

namespace Pipeline.Functions.RunValidation;

/// <summary>A validator that asks somebody outside, whose answer comes as an event.</summary>
public interface IAskingValidator : IValidator
{
    /// <returns>Empty when the question was taken, else what is in the way for now.</returns>
    Task<string> AskAsync(ValidationCase @case, ValidationJob job, DateTimeOffset deadline, CancellationToken ct);

    Task<ValidationVerdict> IValidator.JudgeAsync(ValidationCase @case, CancellationToken ct) =>
        throw new InvalidOperationException("this validator asks, and is answered later");
}

/// <summary>Asks the platform to run matched tasks with and without a version. The message is described in docs/platform-validation.md.</summary>
public sealed class PlatformJob(PlatformEndpoint endpoint, PlatformOptions options) : IAskingValidator
{
    public static PlatformThresholds Thresholds { get; } = new();

    public Validator Identity { get; } = PlatformValidator.Identity(Thresholds);

    public TimeSpan? Patience => options.Deadline;

    public Task<string> AskAsync(ValidationCase @case, ValidationJob job, DateTimeOffset deadline, CancellationToken ct) => endpoint.AskAsync(job.Id, JsonSerializer.SerializeToUtf8Bytes(new
    {
        Specversion = "1.0",
        Type = "com.skillpipeline.validation-request.v1",
        Source = "urn:skillpipeline:ledger",
        job.Id,
        Subject = @case.Skill.Id,
        Datacontenttype = "application/json",
        Data = new
        {
            Job = job.Id,
            Token = options.TokenOf(job.Id),
            Skill = @case.Skill.Id,
            @case.Skill.Name,
            @case.Skill.Environment,
            job.Version,
            job.PackageDigest,
            Package = string.Create(CultureInfo.InvariantCulture, $"{options.PublicUrl}/api/skills/{Uri.EscapeDataString(@case.Skill.Id)}/versions/{job.Version}/package?quarantined=true"),
            AnswerTo = $"{options.PublicUrl}/api/events",
            MostPairs = TrialReader.MostPairs,
            FewestPairs = Thresholds.Pairs,
            FewestTasks = Thresholds.Tasks,
            FewestPairsOfAModel = Thresholds.ModelPairs,
            Deadline = deadline,
        },
    }, LedgerJson.Options), ct);
}
