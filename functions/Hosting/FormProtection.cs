using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;
using Pipeline.Infra.Payloads;

namespace Pipeline.Functions.Hosting;

/// <summary>Keeps the keys of the forms' tokens in the database: a form that is open outlives a restart, and any instance takes what another gave out.</summary>
internal sealed class FormProtection(FormKeys keys) : IXmlRepository, IConfigureOptions<KeyManagementOptions>
{
    private const string Application = "skill-pipeline";

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<FormKeys>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>, FormProtection>();
        services.AddDataProtection().SetApplicationName(Application);
    }

    public void Configure(KeyManagementOptions options) => options.XmlRepository = this;

    public IReadOnlyCollection<XElement> GetAllElements() => [.. Run(() => keys.AllAsync()).Select(key => XElement.Parse(Encoding.UTF8.GetString(key)))];

    public void StoreElement(XElement element, string friendlyName)
    {
        var bytes = Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting));
        var name = friendlyName.Length > 0 ? friendlyName : Convert.ToHexStringLower(SHA256.HashData(bytes));
        Run(async () =>
        {
            await keys.PutAsync(name, bytes);
            return true;
        });
    }

    // Who asks for keys cannot wait otherwise; that is once at the start, and once a day.
    private static T Run<T>(Func<Task<T>> read) => Task.Run(read).GetAwaiter().GetResult();
}
