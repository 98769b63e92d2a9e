using MediatR;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Decides what a family's new evidence asks for. One curation at a time per family and those that share its skill, by
/// lock; other families go on beside it.</summary>
public sealed record CurateFamilyRequest(TriggerMessage Message) : IRequest<Completion>;

public sealed class CurateFamilyHandler(KinLocks locks, CurationProgress progress, FamilyCurator curator) : IRequestHandler<CurateFamilyRequest, Completion>
{
    public async Task<Completion> Handle(CurateFamilyRequest request, CancellationToken ct)
    {
        if (CurationMessage.Read(request.Message.Body) is not { } message)
            return new Completion.Poison("curation-message", "the message names no family");

        // Who finds the lock held leaves: the evidence is durable. So the holder looks once more after letting go, since evidence
        // may have come between its last look and the release, to any of the families that it kept others from.
        IReadOnlyList<string> families;
        do
        {
            await using var held = await locks.TryTakeAsync(message.Tenant, message.FamilyId, ct);
            if (held is null) return Completion.Nothing;
            families = held.Families;
            foreach (var family in families)
                if (!await curator.CurateAsync(message.Tenant, family, ct)) return new Completion.Retry("other writers kept coming first");
        }
        while (await IsAnyBehindAsync(message.Tenant, families, ct));
        return new Completion.Done([SealMessage.Of(message.FamilyId)]);
    }

    private async Task<bool> IsAnyBehindAsync(string tenant, IReadOnlyList<string> families, CancellationToken ct)
    {
        foreach (var family in families)
            if (await progress.IsBehindAsync(tenant, family, ct)) return true;
        return false;
    }
}
