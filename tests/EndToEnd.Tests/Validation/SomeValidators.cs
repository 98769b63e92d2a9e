using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Functions.RunValidation;

namespace Pipeline.EndToEnd.Tests.Validation;

/// <summary>A validator that does as it is told.</summary>
internal sealed class ScriptedValidator(string name, Func<int, CancellationToken, Task<Verdict>> judge, string rules = "a") : IValidator
{
    private int _calls;

    public int Calls => _calls;

    public Validator Identity { get; } = Validator.Of(name, "1", rules);

    public static ScriptedValidator Saying(string name, Verdict verdict, string rules = "a") => new(name, (_, _) => Task.FromResult(verdict), rules);

    public async Task<ValidationVerdict> JudgeAsync(ValidationCase @case, CancellationToken ct) =>
        new(await judge(Interlocked.Increment(ref _calls), ct), new Dictionary<string, double>(), []);
}
