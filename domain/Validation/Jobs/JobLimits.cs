using System.Globalization;

namespace Pipeline.Domain.Validation.Jobs;

/// <summary>How long a job may take, and how often it is tried.</summary>
public sealed record JobLimits
{
    /// <summary>A validator that has not answered after this is taken to hang.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Who took a job has it to itself for this long: longer than the timeout, since a lease is not renewed.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>A validator that broke down or hung this often is given up for now: it was kept from judging.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>From the request on; what waits for an answer from outside, from the question on. What nobody could judge until then, because something
    /// that it takes was away, is infra-blocked.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Verdicts that come within this of each other are put on record together.</summary>
    public TimeSpan Together { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A validator that was kept from judging is asked anew after this; the pause doubles with each further time.</summary>
    public TimeSpan AskAgain { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A message that led to nothing for this long is taken to be lost, and sent again.</summary>
    public TimeSpan Resend { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The pause before the next attempt: it doubles with each, and half of it is spread by the job's id, so that what failed together does not come back together.</summary>
    /// <param name="attempts">Made so far, from 1.</param>
    public TimeSpan PauseAfter(string jobId, int attempts)
    {
        var full = FirstPause * Math.Pow(2, Math.Clamp(attempts - 1, 0, 30));
        if (full > LongestPause) full = LongestPause;
        var spread = uint.Parse(Pipeline.Domain.Ledger.Digest.Short($"{jobId}\n{attempts.ToString(CultureInfo.InvariantCulture)}", 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / (double)uint.MaxValue;
        return full * (0.5 + (spread / 2));
    }
}
