using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Families;

namespace Pipeline.Domain.Tests.Curation.LanguageModel;

/// <summary>What a model says, as the ledger has it.</summary>
internal static class AnAnswer
{
    public static ModelAnswer Of(params (string Section, string Text)[] patches) => Said(Patches(null, patches));

    public static ModelAnswer Described(string description) => Said(Patches(description));

    public static string Patches(string? description, params (string Section, string Text)[] patches) => new JsonObject
    {
        ["description"] = description,
        ["patches"] = new JsonArray([.. patches.Select(p => (JsonNode)new JsonObject { ["section"] = p.Section, ["text"] = p.Text })]),
        ["rationale"] = "r",
    }.ToJsonString();

    public static ModelAnswer Said(string content, string finish = "stop", string? refusal = null) => Received(new JsonObject
    {
        ["model"] = "m-2026",
        ["choices"] = new JsonArray(new JsonObject { ["finish_reason"] = finish, ["message"] = new JsonObject { ["content"] = content, ["refusal"] = refusal } }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = 10, ["completion_tokens"] = 5 },
    }.ToJsonString());

    public static ModelAnswer Received(string body) => new(Consultation, Encoding.UTF8.GetBytes(body));

    public static ModelAnswer Failed(string code) => new(Consultation with { ResponseDigest = null, FailureCode = code, FailureReason = "because" }, []);

    public static FamilyEvent.ModelConsulted Consultation { get; } = new()
    {
        ThroughEvidence = 4,
        RequestDigest = "sha256:request",
        PromptDigest = "sha256:prompt",
        ResponseDigest = "sha256:response",
        SentTo = "models.example:443",
        Model = "m",
        Attempts = 1,
        InputTokens = 10,
        OutputTokens = 5,
        CostMicroUsd = 0,
    };

    public static Composition Composition(this CurationConclusion conclusion) => conclusion.Decision.Composition.ShouldNotBeNull();
}
