using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Pipeline.EndToEnd.Tests.Identity;

/// <summary>A route whose author forgot to say who may call it.</summary>
internal sealed class UndeclaredRoute : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.UseEndpoints(routes => routes.MapGet("/undeclared", () => Results.Text("anybody can read this")));
    };
}

internal static class UndeclaredRoutes
{
    public static void AddUndeclaredRoute(this IServiceCollection services) => services.AddSingleton<IStartupFilter, UndeclaredRoute>();
}
