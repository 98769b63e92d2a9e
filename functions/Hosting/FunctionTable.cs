using System.Collections.Frozen;
using MediatR;

namespace Pipeline.Functions.Hosting;

/// <summary>Which request each function's call becomes. LedgerApi is not here: the host forwards its calls unchanged.</summary>
public static class FunctionTable
{
    public static FrozenDictionary<string, Func<Invocation, IRequest<Completion>>> All { get; } = new Dictionary<string, Func<Invocation, IRequest<Completion>>>
    {
        ["IngestEvents"] = call => new IngestEvents.IngestEventsRequest(call.Http("req")),
        ["ProjectTrajectory"] = call => new ProjectTrajectory.ProjectTrajectoryRequest(call.Message("message")),
        ["CurateFamily"] = call => new CurateFamily.CurateFamilyRequest(call.Message("message")),
        ["RunValidation"] = call => new RunValidation.RunValidationRequest(call.Message("message")),
        ["UpdateIndex"] = call => new UpdateIndex.UpdateIndexRequest(call.Message("message")),
        ["SealLedger"] = _ => new SealLedger.SealLedgerRequest(),
        ["SweepLifecycle"] = _ => new SweepLifecycle.SweepLifecycleRequest(),
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
