using System.Diagnostics;
using MediatR;

namespace Pipeline.Functions.Hosting;

/// <summary>A span around every request, named after it. It carries no payload.</summary>
public sealed class TracedRequest<TRequest, TAnswer> : IPipelineBehavior<TRequest, TAnswer> where TRequest : notnull
{
    public async Task<TAnswer> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TAnswer> next)
    {
        using var activity = PipelineActivity.Source.StartActivity(typeof(TRequest).Name);
        try
        {
            return await next();
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            throw;
        }
    }
}

public static class PipelineActivity
{
    public static ActivitySource Source { get; } = new("Pipeline", ProgramVersion.Number);
}
