namespace Pipeline.Infra.Tests.Deployment;

/// <summary>The checks of the templates find what they are there for.</summary>
public sealed class BicepChecksTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bicep-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_sound_template_has_no_findings() => (await FindAsync(
        """
        param location string
        @minValue(1)
        param size int = 1
        resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
          name: 'plan${size}'
          location: location
        }
        module other 'other.bicep' = {
          name: 'other'
          params: {
            id: plan.id
          }
        }
        output name string = other.outputs.name
        """,
        """
        param id string
        output name string = id
        """)).ShouldBeEmpty();

    [Theory]
    [InlineData("param location string = {\n", "is no bicep")]
    [InlineData("resource a 'Microsoft.Web/serverfarms@2024-11-01' = {\n  name 'x'\n}", "is no bicep")]
    [InlineData("var keys = storage.listKeys().keys[0].value", "listKeys hands out keys")]
    [InlineData("var keys = listSecrets('x', '2024-01-01')", "listSecrets hands out keys")]
    [InlineData("var c = 'Endpoint=sb://x;SharedAccessKeyName=a;SharedAccessKey=b'", "a connection string with a secret")]
    [InlineData("var c = 'Host=h;Username=u;Password=p'", "a connection string with a secret")]
    [InlineData("@secure()\nparam word string", "a secret parameter")]
    [InlineData("param administratorPassword string", "administratorPassword is a secret")]
    [InlineData("var p = {\n  administratorLoginPassword: 'x'\n}", "administratorLoginPassword is a secret")]
    [InlineData("var a = b", "b is declared nowhere")]
    [InlineData("var a = 'x${b}'", "b is declared nowhere")]
    [InlineData("var a = utcNow()", "utcNow is declared nowhere")]
    [InlineData("param a string", "a is used nowhere")]
    [InlineData("var a = '1'\nvar a = '2'", "a is declared twice")]
    [InlineData("module m 'missing.bicep' = {\n  name: 'm'\n}", "m: there is no")]
    [InlineData("module m 'other.bicep' = {\n  name: 'm'\n  params: {\n    id: 'x'\n    more: 'y'\n  }\n}", "has no parameter more")]
    [InlineData("module m 'other.bicep' = {\n  name: 'm'\n}", "id of other.bicep is not given")]
    [InlineData("module m 'other.bicep' = {\n  name: 'm'\n  params: {\n    id: 'x'\n  }\n}\noutput o string = m.outputs.nothing", "has no output nothing")]
    [InlineData("module m 'other.bicep' = if (true) {\n  name: 'm'\n  params: {\n    id: 'x'\n    more: 'y'\n  }\n}\noutput o string = m!.outputs.nothing", "has no output nothing")]
    [InlineData("resource s 'Microsoft.Storage/storageAccounts@2025-01-01' = {\n  name: 's'\n  location: 'x'\n  properties: {\n    allowSharedKeyAccess: true\n  }\n}", "allowSharedKeyAccess is not false")]
    [InlineData("resource s 'Microsoft.ServiceBus/namespaces@2024-01-01' = {\n  name: 's'\n  location: 'x'\n}", "disableLocalAuth is not true")]
    [InlineData("resource s 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {\n  name: 's'\n  location: 'x'\n  properties: {\n    authConfig: {\n      passwordAuth: 'Enabled'\n    }\n  }\n}", "passwordAuth is not 'Disabled'")]
    public async Task A_broken_template_is_found(string template, string finding) =>
        (await FindAsync(template, "param id string\noutput name string = id\n")).ShouldContain(found => found.Contains(finding, StringComparison.Ordinal));

    private async Task<IReadOnlyList<string>> FindAsync(string main, string other)
    {
        string[] paths = [Path.Combine(folder, "main.bicep"), Path.Combine(folder, "other.bicep")];
        await File.WriteAllTextAsync(paths[0], main, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(paths[1], other, TestContext.Current.CancellationToken);
        return [.. BicepChecks.Find(await BicepFile.ReadAsync(paths, TestContext.Current.CancellationToken))];
    }
}
