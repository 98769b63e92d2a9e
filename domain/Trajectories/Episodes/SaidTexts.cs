using System.Runtime.InteropServices;

namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>What the user said, turn by turn, and where a value was said first.</summary>
/// <remarks>Long runs look up a hundred thousand values. Turns are indexed by three characters each, so that only those turns
/// are searched that may hold the value.</remarks>
internal sealed class SaidTexts
{
    private const int Gram = 3;
    private const int MostLookedUp = 32;

    private readonly List<(int Step, string Text)> _turns = [];
    private readonly Dictionary<long, List<int>> _turnsWith = [];

    public void Add(int step, string text)
    {
        for (var i = 0; i + Gram <= text.Length; i++)
        {
            ref var turns = ref CollectionsMarshal.GetValueRefOrAddDefault(_turnsWith, GramAt(text, i), out _);
            turns ??= [];
            if (turns.Count == 0 || turns[^1] != _turns.Count) turns.Add(_turns.Count);
        }
        _turns.Add((step, text));
    }

    /// <summary>The step of the first turn that has the value in it, whatever its case; null when none has.</summary>
    /// <param name="value">Three characters or more.</param>
    public int? FirstStepWith(string value)
    {
        List<int>? rarest = null;
        for (var i = 0; i + Gram <= Math.Min(value.Length, MostLookedUp); i++)
        {
            if (!_turnsWith.TryGetValue(GramAt(value, i), out var turns)) return null;
            if (rarest is null || turns.Count < rarest.Count) rarest = turns;
        }
        foreach (var turn in rarest ?? [])
            if (_turns[turn].Text.Contains(value, StringComparison.OrdinalIgnoreCase)) return _turns[turn].Step;
        return null;
    }

    private static long GramAt(string text, int at) =>
        ((long)char.ToUpperInvariant(text[at]) << 32) | ((long)char.ToUpperInvariant(text[at + 1]) << 16) | char.ToUpperInvariant(text[at + 2]);
}
