namespace Pipeline.Functions.Console;

/// <param name="Next">What to do about it.</param>
public sealed record ErrorText(int Status, string Title, string Next);

internal static class ErrorPages
{
    public static ErrorText Of(int status) => status switch
    {
        StatusCodes.Status400BadRequest => new(status, "This request cannot be taken", "If it was a form, the page that it was on is too old: open it again and send it once more."),
        StatusCodes.Status403Forbidden => new(status, "This request came from elsewhere", "Only this console's own pages may send it forms. Open the console in a window of its own."),
        StatusCodes.Status404NotFound => new(status, "There is no such page", "The list of skills is a good place to start."),
        StatusCodes.Status405MethodNotAllowed => new(status, "This page takes no such request", "Open it with a link."),
        StatusCodes.Status503ServiceUnavailable => new(status, "The database or the index does not answer", "Try again in a moment; /readyz says when it is back."),
        >= 500 => new(status, "Something unexpected happened", "The program's log has more. Nothing was changed by looking at a page."),
        _ => new(status, "The request cannot be served as it is", "Go back and try another way."),
    };
}
