using System.Collections.Frozen;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.Identity;

/// <summary>The app roles of the application in Entra ID; who has none of them is told no.</summary>
public enum Role
{
    /// <summary>Sends runs and outcomes.</summary>
    Emitter,

    /// <summary>Looks for skills and gets them.</summary>
    Reader,

    /// <summary>Reads everything but what only admins need, and checks it.</summary>
    Auditor,

    /// <summary>May do everything.</summary>
    Admin,
}

/// <summary>Who asks.</summary>
/// <param name="Actor">As events name them.</param>
/// <param name="Tenant">The ledger's.</param>
/// <param name="IsPerson">Not an application that calls for itself.</param>
public sealed record Caller(Actor Actor, string Tenant, FrozenSet<Role> Roles, bool IsPerson = true)
{
    private static readonly AsyncLocal<Caller?> s_current = new();

    /// <summary>On a loopback address nobody signs in, and whoever is at the machine is one person.</summary>
    public static Caller Local { get; } = new(new(ActorKind.Admin, "local"), EventContext.DefaultTenant, [.. Enum.GetValues<Role>()]);

    /// <summary>On routes that are for anybody.</summary>
    public static Caller Nobody { get; } = new(new(ActorKind.Emitter, "nobody"), EventContext.DefaultTenant, [], IsPerson: false);

    /// <summary>Of the request that this is done for. What the program does by itself it does as whoever has the machine.</summary>
    public static Caller Current => s_current.Value ?? Local;

    /// <summary>Whether they have one of these roles, or one that includes one of them.</summary>
    public bool HasAny(IReadOnlyList<Role> roles) =>
        Roles.Contains(Role.Admin) || roles.Any(role => Roles.Contains(role) || (role == Role.Reader && Roles.Contains(Role.Auditor)));

    /// <summary>From here on, for what the calling method calls.</summary>
    internal static void Enter(Caller caller) => s_current.Value = caller;
}
