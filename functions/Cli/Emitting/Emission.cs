using System.Net;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Emitting;

/// <summary>Sends events in batches, in order, and keeps count of what became of each.</summary>
internal sealed class Emission(LedgerClient client, IProgressMeter progress, TimeProvider time)
{
    private readonly List<EventIdentity> accepted = [];
    private readonly List<Rejection> rejections = [];
    private int read;
    private int sent;
    private int duplicate;
    private int recorded;

    public EmitResult Result => new(accepted.Count, recorded, duplicate, rejections.Count);

    /// <summary>In the order in which they were met.</summary>
    public IReadOnlyList<Rejection> Rejections => rejections;

    public async Task SendAsync(IAsyncEnumerable<FileEvent> events, CancellationToken ct)
    {
        var batch = new List<OutgoingEvent>();
        await foreach (var fileEvent in events.WithCancellation(ct))
        {
            read++;
            if (fileEvent.Parsed is not Parsed<CloudEvent>.Ok { Value: var cloudEvent })
            {
                Reject(fileEvent.File.Name, ((Parsed<CloudEvent>.Refused)fileEvent.Parsed).Error);
                sent++;
                continue;
            }

            var next = OutgoingEvent.Of(cloudEvent);
            if (!EventBatch.HasRoom(batch, next)) await SendAsync(batch, ct);
            batch.Add(next);
            progress.Report(sent, read);
        }

        await SendAsync(batch, ct);
    }

    /// <summary>Counts something that no event could be made of.</summary>
    public void Reject(string file, InputError error) => rejections.Add(new(file, "", error.Code, error.Message));

    /// <summary>Counts what is recorded by now, or with <paramref name="wait"/> waits until nothing is pending.</summary>
    public async Task FollowAsync(bool wait, CancellationToken ct)
    {
        var pending = new PendingEvents(client, accepted);
        await pending.LookAsync(ct);
        for (var pause = Pause.Shortest; wait && pending.Count > 0; pause = pause.Longer())
        {
            progress.Report(accepted.Count - pending.Count, accepted.Count, "recorded");
            await pause.WaitAsync(ct);
            if (await pending.LookAsync(ct)) pause = Pause.Shortest;
        }

        recorded = pending.Recorded;
        rejections.AddRange(pending.Rejections);
        if (wait) await Settling.WaitAsync(client, progress, time, ct);
    }

    private async Task SendAsync(List<OutgoingEvent> batch, CancellationToken ct)
    {
        if (batch.Count == 0) return;
        await SendAsync(new EventBatch([.. batch]), ct);
        sent += batch.Count;
        batch.Clear();
        progress.Report(sent, read);
    }

    private async Task SendAsync(EventBatch batch, CancellationToken ct)
    {
        try
        {
            Count((await client.SendEventsAsync(batch.Body(), ct)).Value);
        }
        catch (LedgerApiException e) when (e.Body is { } body && body.TryGetProperty("events", out _))
        {
            Count(body.Deserialize<EventsAnswer>(LedgerJson.Options)!);
        }
        catch (LedgerApiException e) when (IsAboutTheEvents(e))
        {
            if (batch.Events is [var only]) rejections.Add(new(only.Source, only.Id, e.Code, e.Detail));
            else foreach (var half in batch.Halves()) await SendAsync(half, ct);
        }
    }

    private void Count(EventsAnswer answer)
    {
        foreach (var told in answer.Events)
        {
            switch (told.Status)
            {
                case "accepted":
                    accepted.Add(new(told.Source!, told.Id!));
                    break;
                case "duplicate":
                    duplicate++;
                    break;
                default:
                    rejections.Add(new(told.Source ?? "", told.Id ?? "", told.Code ?? told.Status, told.Message ?? "The server gave no reason."));
                    break;
            }
        }
    }

    private static bool IsAboutTheEvents(LedgerApiException e) =>
        (HttpStatusCode)e.Status is HttpStatusCode.BadRequest or HttpStatusCode.Conflict or HttpStatusCode.RequestEntityTooLarge;
}
