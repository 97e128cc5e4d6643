using System.IO.MemoryMappedFiles;

namespace Microsoft.ML.DeepLayers.Fuzz.Running;

/// <summary>The input that is being read, in a file that outlives a process that dies of it.</summary>
internal sealed class CurrentInput : IDisposable
{
    private const int HeadLength = 16;
    private const int Capacity = HeadLength + (2 * Mutators.ByteMutator.LongestFile);

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    internal CurrentInput(string path)
    {
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, Capacity);
        view = file.CreateViewAccessor();
    }

    internal void Set(long number, byte[] input)
    {
        view.Write(8, 0);
        view.Write(0, number);
        view.WriteArray(HeadLength, input, 0, Math.Min(input.Length, Capacity - HeadLength));
        view.Write(8, Math.Min(input.Length, Capacity - HeadLength));
    }

    /// <summary>What a process that is gone was reading.</summary>
    internal static (long Number, byte[] Input)? Read(string path)
    {
        byte[] bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        return bytes.Length < HeadLength ? null : (BitConverter.ToInt64(bytes, 0), bytes[HeadLength..(HeadLength + BitConverter.ToInt32(bytes, 8))]);
    }

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }
}
