using System.Xml;
using System.Xml.Linq;
using Azure;

namespace Pipeline.Infra.Blobs;

/// <summary>What the service's answers mean.</summary>
internal static class BlobAnswer
{
    public static string CodeOf(Response response) => response.Headers.TryGetValue("x-ms-error-code", out var code) ? code ?? "" : "";

    public static bool IsNoBlob(Response response) => response.Status == 404 && CodeOf(response) == "BlobNotFound";

    /// <param name="Next">Where the next page begins; empty: there is none.</param>
    public static (IReadOnlyList<string> Names, string Next) NamesIn(Response response)
    {
        try
        {
            var root = XDocument.Load(response.Content.ToStream()).Root!;
            return ([.. root.Element("Blobs")?.Elements("Blob").Select(b => b.Element("Name")!.Value) ?? []], root.Element("NextMarker")?.Value ?? "");
        }
        catch (XmlException e)
        {
            throw new BlobStorageException("Blob Storage answered with a list that cannot be read", e);
        }
    }

    public static BlobStorageException Refusal(Response response, BlobContainerOptions container)
    {
        var code = CodeOf(response);
        return new((response.Status, code) switch
        {
            (404, "ContainerNotFound") => $"the container {container} does not exist; create it, or name another",
            (403, _) when container.DevelopmentKey.Length > 0 => $"the emulator at {container.Address.Authority} does not take {BlobContainerOptions.DevelopmentKeyName}: it is not the key of account {container.Account}",
            (403, "AuthorizationPermissionMismatch") => $"the program's identity may not do this in {container}: it needs the role Storage Blob Data Contributor there (a new assignment takes some minutes)",
            (403, "AuthorizationFailure" or "IpAuthorizationDenied") => $"{container.Address.Host} takes no requests from here: its network rules shut out this program, or its identity lacks the role Storage Blob Data Contributor",
            (401 or 403, _) => $"{container.Address.Host} does not accept who this program is ({response.Status} {code}): its identity needs the role Storage Blob Data Contributor on {container}",
            (429 or 500 or 502 or 503 or 504, _) => $"Blob Storage at {container.Address.Host} is too busy ({response.Status} {code})",
            _ => $"Blob Storage at {container.Address.Host} answered {response.Status} {code}",
        });
    }
}
