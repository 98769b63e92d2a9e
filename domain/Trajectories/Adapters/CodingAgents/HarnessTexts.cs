namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>Tells what the user said from what the harness says in the user's place: context, reminders, a loaded skill.</summary>
internal static class HarnessTexts
{
    private static readonly string[] Beginnings =
    [
        // Claude Code.
        "<system-reminder>", "<command-name>", "<command-message>", "<local-command-stdout>", "<local-command-caveat>", "Caveat: The messages below were generated",
        "[Request interrupted",
        // Codex.
        "# AGENTS.md instructions", "<environment_context>", "<user_instructions>", "<permissions instructions>", "<skills_instructions>", "<turn_aborted>",
    ];

    public static StepSource SourceOf(string userText)
    {
        var text = userText.AsSpan().TrimStart();
        if (SkillListing.IsInjected(userText)) return StepSource.System;
        foreach (var beginning in Beginnings)
            if (text.StartsWith(beginning)) return StepSource.System;
        return StepSource.User;
    }
}
