using System.IO.Compression;

namespace Pipeline.Functions.Cli.Files;

/// <summary>Files as bytes, unpacked where they are gzip: told by the first two bytes (RFC 1952, 2.3.1), never by the name.</summary>
internal static class FileBytes
{
    /// <summary>Of a file, unpacked, in bytes. More does not fit into one piece of memory, and what unpacks to more is likely meant to.</summary>
    public const int Largest = 1 << 30;

    /// <exception cref="IOException">It cannot be read; the message says why.</exception>
    public static async Task<byte[]> ReadAsync(InputFile file, Func<Stream> openInput, CancellationToken ct)
    {
        try
        {
            await using var stream = file.IsInput ? openInput() : File.OpenRead(file.Path);
            return await UnpackAsync(await AllAsync(stream, Largest, ct), Largest, ct);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException("it may not be read: check its permissions", e);
        }
        catch (InvalidDataException e)
        {
            throw new IOException("it begins like gzip, but is broken or cut off", e);
        }
    }

    public static bool IsGzip(ReadOnlySpan<byte> bytes) => bytes is [0x1F, 0x8B, ..];

    /// <param name="largest">In bytes.</param>
    public static async Task<byte[]> UnpackAsync(byte[] bytes, int largest, CancellationToken ct)
    {
        if (!IsGzip(bytes)) return bytes;
        await using var unpacked = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        return await AllAsync(unpacked, largest, ct);
    }

    /// <summary>Everything that a stream gives, whatever it says of its length.</summary>
    /// <exception cref="IOException">It gives more than <paramref name="largest"/> bytes.</exception>
    public static async Task<byte[]> AllAsync(Stream stream, int largest, CancellationToken ct)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await stream.ReadAsync(buffer, ct)) > 0)
        {
            if (memory.Length + read > largest) throw new IOException($"it is larger than {largest / (1 << 20)} MiB unpacked: split it");
            memory.Write(buffer, 0, read);
        }

        return memory.ToArray();
    }
}
