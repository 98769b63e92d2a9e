namespace Pipeline.Functions.Identity;

/// <summary>Who may call an endpoint. One that has no rule is refused to everybody.</summary>
internal abstract record AccessRule
{
    private AccessRule() { }

    /// <summary>Whoever has one of these roles.</summary>
    /// <param name="ToChange">By any method but GET and HEAD.</param>
    public sealed record Signed(IReadOnlyList<Role> ToRead, IReadOnlyList<Role> ToChange) : AccessRule;

    public sealed record Anybody : AccessRule;

    /// <summary>The Functions host, which calls from the same machine and shows no token.</summary>
    public sealed record Host : AccessRule;
}

internal static class AccessRules
{
    /// <summary>On an endpoint it counts instead of what its group says.</summary>
    public static T Needs<T>(this T endpoint, params Role[] anyOf) where T : IEndpointConventionBuilder => endpoint.With(new AccessRule.Signed(anyOf, anyOf));

    /// <summary>For endpoints that take both.</summary>
    public static T NeedsToReadAndToChange<T>(this T endpoint, Role read, Role change) where T : IEndpointConventionBuilder => endpoint.With(new AccessRule.Signed([read], [change]));

    public static T IsForAnybody<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.With(new AccessRule.Anybody());

    public static T IsForTheHost<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.With(new AccessRule.Host());

    private static T With<T>(this T endpoint, AccessRule rule) where T : IEndpointConventionBuilder
    {
        // Last, so that an endpoint's own stands behind its group's.
        endpoint.Add(b => b.Metadata.Add(rule));
        return endpoint;
    }
}
