using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.LedgerApi;

/// <summary>An answer of a JSON document a line, written as they come: it may be longer than an answer should hold, and who waits sees it move.</summary>
internal static class JsonLines
{
    public const string ContentType = "application/x-ndjson";

    /// <typeparam name="TLog">What the log is told under where it breaks off.</typeparam>
    /// <param name="items">Followed by <c>{"complete":true}</c>; an answer without that line broke off.</param>
    public static IResult Answer<TLog>(HttpContext context, IAsyncEnumerable<object> items, CancellationToken ct) => Results.Stream(
        async body =>
        {
            try
            {
                await foreach (var item in items.WithCancellation(ct)) await WriteAsync(body, item, ct);
                await WriteAsync(body, new { Complete = true }, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                // The answer has begun, so it ends without its last line; the message may quote what was sent, so the log gets none.
                context.RequestServices.GetRequiredService<ILogger<TLog>>().LogError("A long answer broke off: {Problem}\n{Trace}", e.GetType().FullName, e.StackTrace);
            }
        }, ContentType);

    private static async Task WriteAsync(Stream body, object value, CancellationToken ct)
    {
        await JsonSerializer.SerializeAsync(body, value, LedgerJson.Options, ct);
        await body.WriteAsync("\n"u8.ToArray(), ct);
        await body.FlushAsync(ct);
    }
}
