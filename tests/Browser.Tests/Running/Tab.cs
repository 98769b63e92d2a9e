using Microsoft.Playwright;

namespace Pipeline.Browser.Tests.Running;

/// <param name="Width">Of the window, in CSS pixels.</param>
internal sealed record Looks(int Width, int Height, bool Dark = false, bool Script = true)
{
    public static Looks Usual { get; } = new(1280, 860);
    public static Looks Phone { get; } = new(360, 740);
}

/// <summary>A page in a browser, and what it did that no page of the console may do.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> misdeeds = [];
    private readonly Uri origin;

    private Tab(IBrowserContext context, IPage page, Uri origin)
    {
        (this.context, Page, this.origin) = (context, page, origin);
        page.Console += (_, message) =>
        {
            // A page that says 404 on purpose is told of by the browser.
            if (message.Type is "error" or "warning" && !message.Text.Contains("the server responded with a status of", StringComparison.Ordinal)) misdeeds.Add($"console {message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => misdeeds.Add($"script failed: {error}");
        page.Dialog += async (_, dialog) =>
        {
            misdeeds.Add($"dialog: {dialog.Message}");
            await dialog.DismissAsync();
        };
        page.Popup += (_, _) => misdeeds.Add("a window was opened");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(origin.ToString(), StringComparison.Ordinal)) misdeeds.Add($"request to {request.Url}");
        };
    }

    public IPage Page { get; }

    public static async Task<Tab> OpenAsync(IBrowser browser, Uri origin, string path, Looks looks)
    {
        var profile = await browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = looks.Width, Height = looks.Height },
            ColorScheme = looks.Dark ? ColorScheme.Dark : ColorScheme.Light,
            JavaScriptEnabled = looks.Script,
            BaseURL = origin.ToString(),
        });
        var tab = new Tab(profile, await profile.NewPageAsync(), origin);
        await tab.GoAsync(path);
        return tab;
    }

    public async Task<int> GoAsync(string path) => (await Page.GotoAsync(path))!.Status;

    public Task<string> TextAsync() => Page.InnerTextAsync("body");

    public string Origin => origin.ToString();

    public string Path => new Uri(Page.Url).PathAndQuery;

    /// <summary>What no page of the console may do: run script, complain, ask another server, be wider than the window.</summary>
    public async Task ShouldBehaveAsync()
    {
        misdeeds.ShouldBeEmpty(Page.Url);
        (await Page.Locator("script").CountAsync()).ShouldBe(0, Page.Url);
        // Measured by the driver in a world of its own, which the page's policy does not reach.
        var wide = await Page.EvaluateAsync<string[]>("""
            () => document.documentElement.scrollWidth <= window.innerWidth ? [] : [...document.querySelectorAll('body *')]
              .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.scroll')).slice(0, 5).map(e => e.outerHTML.slice(0, 120))
            """);
        wide.ShouldBeEmpty(Page.Url);
    }

    public async Task ShootAsync(string file)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        await Page.ScreenshotAsync(new() { Path = file });
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
