using Microsoft.Playwright;

namespace Search.Cli.Tests;

/// <summary>Debian's Chromium without a window; tests that need it are skipped where there is none.</summary>
internal static class Chromium
{
    private const string Executable = "/usr/bin/chromium";

    private static readonly Lazy<Task<IBrowser>> Started = new(Start);

    /// <summary>Opens a file in a window of its own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">The window's width in pixels.</param>
    /// <param name="scheme">Light or dark.</param>
    public static async Task<OpenPage> Open(string path, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        if (!File.Exists(Executable))
        {
            Assert.Ignore($"{Executable} is missing: apt-get install chromium");
        }

        IBrowserContext window = await (await Started.Value).NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme });
        var page = new OpenPage(await window.NewPageAsync());
        await page.Tab.GotoAsync(new Uri(path).AbsoluteUri);
        return page;
    }

    // Nothing of it looks for a network, which may be closed.
    private static async Task<IBrowser> Start() => await (await Playwright.CreateAsync()).Chromium.LaunchAsync(new()
    {
        ExecutablePath = Executable,
        Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
}

/// <summary>A page in a window, and what went wrong in it.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    public OpenPage(IPage tab)
    {
        Tab = tab;
        tab.Console += (_, message) => Complaints.Add(message.Text);
        tab.PageError += (_, error) => Complaints.Add(error);
        tab.Request += (_, request) => Requests.Add(request.Url);
        tab.Dialog += (_, dialog) => Complaints.Add($"dialog: {dialog.Message}");
    }

    public IPage Tab { get; }

    /// <summary>Console messages and errors that nothing caught.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>What the page asked for, itself included.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>How many of a chart's pixels are not of its most common colour.</summary>
    public Task<int> Painted(string chart) => Tab.EvaluateAsync<int>(
        """
        id => {
          const canvas = document.querySelector(`#${id} canvas`);
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas, 0, 0);
          const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
          const counts = new Map();
          for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
          return pixels.length - Math.max(...counts.values());
        }
        """,
        chart);

    /// <summary>Clicks where a trial is drawn.</summary>
    public async Task ClickTrial(string chart, long trial)
    {
        ILocator holder = Tab.Locator($"#{chart}");
        await holder.EvaluateAsync("holder => holder.scrollIntoView({ block: 'center' })");
        double[] at = await Tab.EvaluateAsync<double[]>("([chart, trial]) => report.place(chart, trial)", new object[] { chart, trial });
        await holder.ClickAsync(new() { Position = new() { X = (float)at[0], Y = (float)at[1] } });
    }

    public async ValueTask DisposeAsync() => await Tab.Context.DisposeAsync();
}
