using Microsoft.AspNetCore.Components;
using Pipeline.Functions.Reading;

namespace Pipeline.Functions.Console;

/// <summary>A page below a skill: the skill as it was, or a page that says that there was none.</summary>
public abstract class SkillPageBase : ConsolePage
{
    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    protected SkillsAsOf Skills { get; set; } = null!;

    /// <summary>Null where there was none; the page then says nothing.</summary>
    protected SkillThen? Then { get; private set; }

    protected override async Task OnInitializedAsync()
    {
        Then = await Skills.FindAsync(Id, Page.Moment, Stop);
        if (Then is null) NotFound(Page.Moment.IsNow ? $"There is no skill “{Id}”" : $"There was no skill “{Id}” then", "The list of skills has those there are.");
        else await LoadAsync(Then);
    }

    /// <summary>Reads what the page needs beside the skill.</summary>
    protected virtual Task LoadAsync(SkillThen then) => Task.CompletedTask;
}
