using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Memory for images, kept from one to the next, and freed at once where it was large: photographs come in all sizes.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    /// <summary>What is kept until the next image.</summary>
    private const nuint MostKept = 32 << 20;

    /// <summary>Loops may read a vector beyond the end.</summary>
    private const nuint Slack = 64;

    private byte* memory;
    private nuint length;

    ~NativeBuffer() => Free();

    /// <summary>Memory of at least that many bytes. Its content is undefined, and what was there before is gone.</summary>
    internal byte* Get(long bytes)
    {
        nuint needed = (nuint)bytes + Slack;
        if (needed > length)
        {
            Free();
            memory = (byte*)NativeMemory.AlignedAlloc(needed, 64);
            length = needed;
            GC.AddMemoryPressure((long)length);
        }

        return memory;
    }

    /// <summary>Says that the content is needed no more.</summary>
    internal void Release()
    {
        if (length > MostKept)
        {
            Free();
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (memory is not null)
        {
            NativeMemory.AlignedFree(memory);
            GC.RemoveMemoryPressure((long)length);
            memory = null;
            length = 0;
        }
    }
}
