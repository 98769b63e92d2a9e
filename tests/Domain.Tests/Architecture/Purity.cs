using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Pipeline.Domain.Tests.Architecture;

/// <summary>What an assembly refers to that a pure one must not: read from its metadata, so that no source can hide it.</summary>
internal static class Purity
{
    private static readonly string[] Namespaces =
        ["System.Net", "System.Data", "System.IO.Pipes", "System.IO.MemoryMappedFiles", "System.IO.IsolatedStorage", "Microsoft", "Npgsql", "Azure"];

    private static readonly HashSet<string> Types = new(StringComparer.Ordinal)
    {
        "System.Console", "System.Random", "System.AppDomain",
        "System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.FileSystemInfo", "System.IO.FileSystemWatcher", "System.IO.Directory",
        "System.IO.DirectoryInfo", "System.IO.DriveInfo", "System.IO.RandomAccess",
        "System.Diagnostics.Process", "System.Diagnostics.Stopwatch", "System.Security.Cryptography.RandomNumberGenerator",
        "System.Threading.Thread", "System.Threading.ThreadPool", "System.Threading.Timer", "System.Threading.Tasks.Parallel",
    };

    private static readonly HashSet<string> Members = new(StringComparer.Ordinal)
    {
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.TimeProvider.get_System", "System.Guid.NewGuid", "System.Guid.CreateVersion7", "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.Delay",
        "System.IO.Path.GetTempPath", "System.IO.Path.GetTempFileName", "System.IO.Path.GetFullPath",
    };

    // The thread's number is in every iterator, the default timeout in every generated regular expression.
    private static readonly HashSet<string> WrittenByTheCompiler = new(StringComparer.Ordinal)
    {
        "System.Environment.get_CurrentManagedThreadId", "System.AppContext.GetData",
    };

    /// <summary>The assemblies, types and members that break the rule, by name; none of a pure assembly.</summary>
    public static IReadOnlyList<string> Violations(string assemblyFile)
    {
        using var file = new PEReader(File.OpenRead(assemblyFile));
        var metadata = file.GetMetadataReader();
        var assemblies = metadata.AssemblyReferences
            .Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name))
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal));
        var types = metadata.TypeReferences.Select(h => Name(metadata, h))
            .Where(name => Types.Contains(name) || Array.Exists(Namespaces, n => name.StartsWith(n + ".", StringComparison.Ordinal)));
        var members = metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(m => m.Parent.Kind == HandleKind.TypeReference)
            .Select(m => $"{Name(metadata, (TypeReferenceHandle)m.Parent)}.{metadata.GetString(m.Name)}")
            .Where(name => (Members.Contains(name) || AsksTheProcess(name)) && !WrittenByTheCompiler.Contains(name));
        return [.. assemblies.Concat(types).Concat(members).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static bool AsksTheProcess(string member) =>
        member.StartsWith("System.Environment.", StringComparison.Ordinal) || member.StartsWith("System.AppContext.", StringComparison.Ordinal);

    private static string Name(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        var name = metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{Name(metadata, (TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : $"{metadata.GetString(type.Namespace)}.{name}";
    }
}
