using System.Diagnostics;
using MediatR;
using Pipeline.Functions.Telemetry;

namespace Pipeline.Functions.Hosting;

/// <summary>A span around every request, named after it. It carries no payload.</summary>
public sealed class TracedRequest<TRequest, TAnswer> : IPipelineBehavior<TRequest, TAnswer> where TRequest : notnull
{
    private static readonly string s_name = typeof(TRequest).Name.EndsWith("Request", StringComparison.Ordinal) ? typeof(TRequest).Name[..^"Request".Length] : typeof(TRequest).Name;

    public async Task<TAnswer> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TAnswer> next)
    {
        // Called by the host, a function is in its span already.
        using var span = Traces.Current.Length > 0 && Activity.Current!.OperationName == s_name ? null : Traces.Continue(s_name, ActivityKind.Internal, null);
        try
        {
            return await next();
        }
        catch (Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", e.GetType().FullName);
            throw;
        }
    }
}
