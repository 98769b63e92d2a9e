using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>What reading from outside gives: a value, or the reason why not. Bad input is expected, so it is a value.</summary>
public abstract record Parsed<T>
{
    private Parsed() { }

    public sealed record Ok(T Value) : Parsed<T>;

    public sealed record Refused(InputError Error) : Parsed<T>;

    /// <summary>True with the value, or false with what is wrong.</summary>
    public bool Try([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out InputError? error)
    {
        (value, error) = this is Ok ok ? (ok.Value, null) : (default(T), ((Refused)this).Error);
        return error is null;
    }

    /// <summary>Goes on with the value; a refusal stays one.</summary>
    public Parsed<TNext> Then<TNext>(Func<T, Parsed<TNext>> next) => this switch
    {
        Ok ok => next(ok.Value),
        Refused refused => refused.Error,
        _ => throw new NotSupportedException(),
    };

    public static implicit operator Parsed<T>(T value) => new Ok(value);

    public static implicit operator Parsed<T>(InputError error) => new Refused(error);
}

/// <summary>Why an input was refused.</summary>
/// <param name="Code">Stable, for programs: the type of a problem document, the reason of a dead letter.</param>
/// <param name="Message">For people: what is wrong and what to do. Never quotes the payload, which may be private.</param>
/// <param name="Pointer">Where, as a JSON Pointer (RFC 6901); null where there is no such place.</param>
public sealed record InputError(string Code, string Message, string? Pointer = null);
