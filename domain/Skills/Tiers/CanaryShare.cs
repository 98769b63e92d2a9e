using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>Which callers get a canary that only a share of them is to get.</summary>
/// <remarks>The same callers each time, others for each skill, and who gets it at one share gets it at any larger one.</remarks>
public static class CanaryShare
{
    public const int All = 100;

    /// <param name="share">Percent of the callers, 0 to 100; null: all.</param>
    /// <param name="callerKey">What stays the same for a caller, e.g. its id.</param>
    public static bool Serves(int? share, string callerKey, string skillId)
    {
        if (share is not { } percent || percent >= All) return true;
        // The length keeps "a" + "bc" and "ab" + "c" apart.
        var key = string.Create(CultureInfo.InvariantCulture, $"{skillId.Length}:{skillId}{callerKey}");
        var place = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return place * (ulong)All < (ulong)Math.Max(0, percent) << 32;
    }
}
