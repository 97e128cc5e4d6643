using System.Collections.Concurrent;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>As many loaders as there are threads that load at a time. What a loader has learnt of sizes is kept from image to image.</summary>
/// <param name="schema">What is decoded.</param>
internal sealed class PixelLoaders(PixelsSchema schema) : IDisposable
{
    private readonly ConcurrentBag<PixelLoader> idle = [];

    /// <summary>Loads what a slot holds.</summary>
    internal void Load(ImageSlot slot)
    {
        if (!idle.TryTake(out PixelLoader? loader))
        {
            loader = new PixelLoader(schema);
        }

        try
        {
            loader.Load(slot);
        }
        finally
        {
            idle.Add(loader);
        }
    }

    /// <summary>Frees them, when none is at work any more.</summary>
    public void Dispose()
    {
        while (idle.TryTake(out PixelLoader? loader))
        {
            loader.Dispose();
        }
    }
}
