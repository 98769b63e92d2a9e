using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Renderers.Html.Inlines;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace Pipeline.Functions.Console;

/// <summary>A skill's Markdown as a page shows it. HTML in it is text; links and pictures are shown with where they point, and point nowhere; no
/// attribute of an element comes from the text.</summary>
internal static class SafeMarkdown
{
    private const int LongestText = 100_000;

    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().Build();

    /// <param name="headingsFrom">The level that a first-level heading gets, 1 to 6: they go on from those of the page.</param>
    public static MarkupString Html(string markdown, int headingsFrom)
    {
        var text = ShownText.Plain(markdown, LongestText);
        try
        {
            var document = Markdown.Parse(text, s_pipeline);
            foreach (var element in document.Descendants().ToList()) Tame(element, headingsFrom);
            using var html = new StringWriter();
            var renderer = new HtmlRenderer(html);
            s_pipeline.Setup(renderer);
            renderer.ObjectRenderers.RemoveAll(r => r is LinkInlineRenderer or AutolinkInlineRenderer or HtmlEntityInlineRenderer or HtmlBlockRenderer or HtmlInlineRenderer);
            renderer.ObjectRenderers.AddRange([new LinkAsText(), new AutolinkAsText(), new EntityAsText()]);
            renderer.Render(document);
            return new(html.ToString());
        }
        // Nested deeper than it can be parsed: by nobody who wants to be read.
        catch (ArgumentException)
        {
            return new($"<pre>{System.Net.WebUtility.HtmlEncode(text)}</pre>");
        }
    }

    private static void Tame(MarkdownObject element, int headingsFrom)
    {
        element.SetAttributes(new HtmlAttributes());
        switch (element)
        {
            case HeadingBlock heading:
                heading.Level = Math.Min(6, heading.Level + headingsFrom - 1);
                break;
            // Else it becomes a style, which the page's policy forbids.
            case Table table:
                foreach (var column in table.ColumnDefinitions) (column.Alignment, column.Width) = (null, 0);
                break;
            default:
                break;
        }
    }

    private sealed class LinkAsText : HtmlObjectRenderer<LinkInline>
    {
        protected override void Write(HtmlRenderer renderer, LinkInline link)
        {
            renderer.Write("<span class=\"shown-link\">");
            if (link.IsImage) renderer.Write("picture: ");
            renderer.WriteChildren(link);
            renderer.Write(" <code>").WriteEscape(ShownText.Plain(link.GetDynamicUrl?.Invoke() ?? link.Url)).Write("</code></span>");
        }
    }

    private sealed class AutolinkAsText : HtmlObjectRenderer<AutolinkInline>
    {
        protected override void Write(HtmlRenderer renderer, AutolinkInline link) =>
            renderer.Write("<code>").WriteEscape(ShownText.Plain(link.Url)).Write("</code>");
    }

    // &#8238; turns the direction of text as the character itself does.
    private sealed class EntityAsText : HtmlObjectRenderer<HtmlEntityInline>
    {
        protected override void Write(HtmlRenderer renderer, HtmlEntityInline entity) => renderer.WriteEscape(ShownText.Plain(entity.Transcoded.ToString()));
    }
}
