using Pipeline.Domain.Families;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>What a language model said of a draft, as it is on record: an input of the decision, like the evidence.</summary>
/// <param name="Consultation">What was asked, and what became of it.</param>
/// <param name="Response">The response's body as it was received; empty when there was none.</param>
public sealed record ModelAnswer(FamilyEvent.ModelConsulted Consultation, byte[] Response);
