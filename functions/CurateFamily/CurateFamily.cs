using MediatR;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Decides what a family's new evidence asks for. One curation per family at a time, by lock; other families go on beside it.</summary>
public sealed record CurateFamilyRequest(TriggerMessage Message) : IRequest<Completion>;

public sealed class CurateFamilyHandler(FamilyLocks locks, CurationProgress progress, FamilyCurator curator) : IRequestHandler<CurateFamilyRequest, Completion>
{
    public async Task<Completion> Handle(CurateFamilyRequest request, CancellationToken ct)
    {
        if (CurationMessage.Read(request.Message.Body) is not { } message)
            return new Completion.Poison("curation-message", "the message names no family");

        // Who finds the lock held leaves: the evidence is durable. So the holder looks once more after letting go, since evidence
        // may have come between its last look and the release.
        do
        {
            await using var held = await locks.TryTakeAsync(message.Tenant, message.FamilyId, ct);
            if (held is null) return Completion.Nothing;
            if (!await curator.CurateAsync(message.Tenant, message.FamilyId, ct)) return new Completion.Retry("other writers kept coming first");
        }
        while (await progress.IsBehindAsync(message.Tenant, message.FamilyId, ct));
        return Completion.Nothing;
    }
}
