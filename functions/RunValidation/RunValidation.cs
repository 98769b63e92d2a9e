using MediatR;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Judges a version: takes the jobs that the message names and nobody has, and puts what the validators say on record.</summary>
public sealed record RunValidationRequest(TriggerMessage Message) : IRequest<Completion>;

public sealed class RunValidationHandler(ValidationJobs jobs, JobRunner runner, PlatformAnswers answers, JobLimits limits, TimeProvider time) : IRequestHandler<RunValidationRequest, Completion>
{
    public async Task<Completion> Handle(RunValidationRequest request, CancellationToken ct)
    {
        if (ValidationMessage.Read(request.Message.Body) is not { } message)
        {
            if (ValidationAnswer.Read(request.Message.Body) is { } answer) return await answers.TakeAsync(answer, ct);
            return new Completion.Poison("validation-message", "the message names no validation jobs of a skill");
        }
        var now = time.GetUtcNow();
        var leased = await jobs.LeaseAsync(message.Tenant, message.Jobs, now, now + limits.Lease, ct);
        await runner.RunAsync(message.Tenant, leased, ct);
        return Completion.Nothing;
    }
}
