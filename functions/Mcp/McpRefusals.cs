using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Mcp;

/// <summary>What the ledger refuses, in the words of the protocol: a tool's result that is an error, which the agent's model reads, or an error
/// of the request.</summary>
internal static class McpRefusals
{
    /// <summary>Around every call of a tool. What is wrong with the request itself stays an error of the protocol.</summary>
    public static McpRequestHandler<CallToolRequestParams, CallToolResult> OfTools(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => async (request, ct) =>
    {
        try
        {
            return await next(request, ct);
        }
        catch (Exception e) when (e is not (OperationCanceledException or McpProtocolException))
        {
            return new() { IsError = true, Content = [new TextContentBlock { Text = Said(e) }] };
        }
    };

    /// <exception cref="McpProtocolException">It was refused; the message says why.</exception>
    public static async ValueTask<T> OfResourceAsync<T>(Func<Task<T>> answer)
    {
        try
        {
            return await answer();
        }
        catch (LedgerApiException e) when (e.Status is StatusCodes.Status404NotFound or StatusCodes.Status410Gone)
        {
            throw new McpProtocolException(e.Detail, e, McpErrorCode.ResourceNotFound);
        }
        catch (Exception e) when (e is not (OperationCanceledException or McpProtocolException))
        {
            throw new McpProtocolException(Said(e), e, e is McpException ? McpErrorCode.InvalidParams : McpErrorCode.InternalError);
        }
    }

    private static string Said(Exception e) => e switch
    {
        McpException refused => refused.Message,
        LedgerApiException refused => refused.Detail,
        HttpRequestException => "the ledger's server does not answer; try again when it is back",
        JsonException or ArgumentException => "an argument is missing or not of the type that the tool's schema says",
        IOException broken => broken.Message,
        _ => $"something unexpected happened ({e.GetType().Name})",
    };
}
