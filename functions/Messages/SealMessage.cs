using System.Text.Json.Nodes;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Messages;

/// <summary>A hint that something was committed which is to be sealed, validated and indexed. It may be lost, doubled or late: what has no leaf yet is what counts.</summary>
public static class SealMessage
{
    /// <param name="about">For people.</param>
    public static OutputMessage Of(string about) => new(QueueNames.Seal, about, new JsonObject
    {
        ["specversion"] = "1.0",
        ["type"] = "com.skillpipeline.seal.v1",
        ["source"] = "pipeline",
        ["id"] = about,
    });
}
