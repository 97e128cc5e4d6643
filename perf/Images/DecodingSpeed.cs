using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>How many images of a folder become pixels in a second: listed, read, decoded and resized, as a training asks for them.</summary>
internal static class DecodingSpeed
{
    internal static void Measure(DirectoryInfo folder, int size, int rounds)
    {
        var ml = new MLContext(seed: 1);
        var seconds = new Dictionary<int, List<double>>();
        int images = 0;
        // The first round fills the system's cache of files, and does not count.
        for (int round = 0; round <= rounds; round++)
        {
            foreach (int workers in new[] { 1, Environment.ProcessorCount }.Distinct())
            {
                var watch = Stopwatch.StartNew();
                images = Read(ml, folder, size, workers);
                if (round > 0)
                {
                    (seconds.TryGetValue(workers, out List<double>? list) ? list : seconds[workers] = []).Add(watch.Elapsed.TotalSeconds);
                }
            }
        }

        foreach ((int workers, List<double> times) in seconds)
        {
            times.Sort();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(workers == 1 ? "1 worker" : $"{workers} workers")}: {images} images to {size} x {size}, median {images / times[times.Count / 2]:N0} a second, from {images / times[^1]:N0} to {images / times[0]:N0} in {times.Count} rounds"));
        }
    }

    private static int Read(MLContext ml, DirectoryInfo folder, int size, int workers)
    {
        IDataView paths = ml.Data.LoadImageFolder(folder.FullName);
        IDataView pixels = ml.Transforms.LoadPixels(new PixelLoadingOptions
        {
            OutputColumnName = "Pixels",
            InputColumnName = "ImagePath",
            ImageHeight = size,
            ImageWidth = size,
            Workers = workers,
        }).Fit(paths).Transform(paths);
        DataViewSchema.Column column = pixels.Schema["Pixels"];
        using DataViewRowCursor cursor = pixels.GetRowCursor([column]);
        ValueGetter<VBuffer<byte>> getter = cursor.GetGetter<VBuffer<byte>>(column);
        VBuffer<byte> values = default;
        int images = 0;
        for (; cursor.MoveNext(); images++)
        {
            getter(ref values);
        }

        return images;
    }
}
