using Pipeline.Browser.Tests.Running;

namespace Pipeline.Browser.Tests;

/// <summary>With a keyboard, with a screen reader, on a phone.</summary>
public sealed class AccessTests(ConsoleFixture console)
{
    public static TheoryData<string> Pages =>
    [
        "/console", "/console?asOf=120", "/console/trajectories", Content.PathOf(Content.Shown), "/console/skills", "/console/timeline", "/console/events/5", $"/console/skills/{Content.Written}", $"/console/skills/{Content.Written}/versions/2",
        $"/console/skills/{Content.Written}/diff", $"/console/skills/{Content.Written}/diff?view=text", $"/console/skills/{Content.Written}/lineage",
        "/console/skills/library-desk-renew-loan", "/console/skills/library-desk-renew-loan/versions/1", "/console/skills/library-desk-renew-loan/timeline",
        $"/console/skills/{Content.Written}/change", $"/console/skills/{Content.Written}/change/revoke?version=1", $"/console/skills/{Content.Written}/change/move?version=3&alias=production",
        "/console/skills?asOf=120", "/console/nothing",
    ];

    [Theory, MemberData(nameof(Pages))]
    public async Task A_page_has_landmarks_headings_in_order_and_names_for_all_that_is_used(string path)
    {
        await using var tab = await console.OpenAsync(path);

        (await tab.Page.Locator("main").CountAsync()).ShouldBe(1);
        (await tab.Page.Locator("h1").CountAsync()).ShouldBe(1);
        var levels = await tab.Page.Locator("h1, h2, h3, h4, h5, h6").EvaluateAllAsync<int[]>("all => all.map(h => +h.tagName[1])");
        levels.Zip(levels.Skip(1)).ShouldAllBe(pair => pair.Second <= pair.First + 1, $"{path}: {string.Join(' ', levels)}");
        var unnamed = await tab.Page.EvaluateAsync<string[]>("""
            () => [
              ...[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(f => !f.labels?.length && !f.getAttribute('aria-label')),
              ...[...document.querySelectorAll('a, button')].filter(a => !a.textContent.trim() && !a.getAttribute('aria-label')),
              ...[...document.querySelectorAll('table')].filter(t => !t.caption?.textContent.trim()),
              ...[...document.querySelectorAll('th')].filter(h => !h.scope),
              ...[...document.querySelectorAll('nav, section, [role=region]')].filter(n => n.matches('nav, [role=region]') && !n.getAttribute('aria-label')),
              ...[...document.querySelectorAll('[id]')].filter(e => document.querySelectorAll('#' + CSS.escape(e.id)).length > 1),
            ].map(e => e.outerHTML.slice(0, 120))
            """);
        unnamed.ShouldBeEmpty(path);
    }

    [Theory, MemberData(nameof(Pages))]
    public async Task A_page_fits_a_phone_in_the_dark(string path)
    {
        await using var tab = await console.OpenAsync(path, Looks.Phone with { Dark = true });

        await tab.ShouldBehaveAsync();
    }

    [Theory, MemberData(nameof(Pages))]
    public async Task Text_stands_out_from_its_ground_by_light_and_in_the_dark(string path)
    {
        foreach (var dark in (bool[])[false, true])
        {
            await using var tab = await console.OpenAsync(path, Looks.Usual with { Dark = dark });

            // WCAG 2.2, 1.4.3: 4.5 to 1 for text, by the relative luminance that it defines.
            var faint = await tab.Page.EvaluateAsync<string[]>("""
                () => {
                  const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
                  const lum = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
                  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > .99) return c; } return parse(getComputedStyle(document.documentElement).backgroundColor); };
                  const found = new Set();
                  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                  while (walk.nextNode()) {
                    const e = walk.currentNode.parentElement;
                    if (!walk.currentNode.data.trim() || e.closest('svg, option')) continue;
                    const a = lum(parse(getComputedStyle(e).color)), b = lum(ground(e));
                    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                    if (ratio < 4.5) found.add(`${ratio.toFixed(2)} ${e.tagName}.${e.className}: ${walk.currentNode.data.trim().slice(0, 40)}`);
                  }
                  return [...found];
                }
                """);
            faint.ShouldBeEmpty($"{path}, dark: {dark}");
        }
    }

    [Fact]
    public async Task The_keyboard_reaches_everything_in_order_and_shows_where_it_is()
    {
        foreach (var path in (string[])["/console/skills?q=etiquette", $"/console/skills/{Content.Written}", $"/console/skills/{Content.Written}/lineage?version=2"])
        {
            await using var tab = await console.OpenAsync(path);
            await tab.Page.Keyboard.PressAsync("Tab");
            (await tab.Page.EvaluateAsync<string>("() => document.activeElement.className")).ShouldBe("skip");
            (await tab.Page.EvaluateAsync<double>("() => document.activeElement.getBoundingClientRect().top")).ShouldBeGreaterThanOrEqualTo(0);

            var all = await tab.Page.EvaluateAsync<int>("""
                () => {
                  const radios = new Set();
                  return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]')]
                    .filter(e => e.type !== 'radio' || (!radios.has(e.name) && radios.add(e.name))).length;
                }
                """);
            var seen = 1;
            while (seen < all)
            {
                await tab.Page.Keyboard.PressAsync("Tab");
                var focus = await tab.Page.EvaluateAsync<string>("() => document.activeElement === document.body ? '' : (document.activeElement.closest('svg') ? 'svg' : getComputedStyle(document.activeElement).outlineStyle)");
                focus.ShouldBeOneOf("solid", "svg", "auto");
                seen++;
            }
            await tab.Page.Keyboard.PressAsync("Tab");
            (await tab.Page.EvaluateAsync<bool>("() => document.activeElement === document.body || document.activeElement.className === 'skip'")).ShouldBeTrue(path);
        }
    }

    [Fact]
    public async Task The_skip_link_leads_to_the_content()
    {
        await using var tab = await console.OpenAsync("/console/skills");

        await tab.Page.Keyboard.PressAsync("Tab");
        await tab.Page.Keyboard.PressAsync("Enter");

        (await tab.Page.EvaluateAsync<string>("() => document.activeElement.id")).ShouldBe("main");
    }
}
