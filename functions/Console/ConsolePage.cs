using Microsoft.AspNetCore.Components;

namespace Pipeline.Functions.Console;

/// <summary>What every page has: the request, and the state of the ledger that it is to show.</summary>
public abstract class ConsolePage : ComponentBase
{
    [CascadingParameter]
    protected HttpContext Http { get; set; } = null!;

    [Inject]
    internal PageContext Page { get; set; } = null!;

    protected CancellationToken Stop => Http.RequestAborted;

    /// <summary>Answers with 404 and these words in place of the page.</summary>
    /// <param name="next">What to do about it.</param>
    protected void NotFound(string title, string next)
    {
        Http.Response.StatusCode = StatusCodes.Status404NotFound;
        Page.Missing = new(StatusCodes.Status404NotFound, title, next);
    }
}
