using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Photographs, as far as decoding can tell: JPEG files of smooth colors and noise, deleted at the end.</summary>
internal sealed class ImageFiles : IDisposable
{
    internal const int Size = 64;

    private const int PhotographSize = 256;

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;
    private readonly Picture[] pictures;

    internal ImageFiles(int count)
    {
        var random = new Random(1);
        pictures = new Picture[count];
        byte[] pixels = new byte[PhotographSize * PhotographSize * 4];
        for (int i = 0; i < count; i++)
        {
            int red = random.Next(256), green = random.Next(256);
            for (int at = 0; at < pixels.Length; at += 4)
            {
                int row = at / 4 / PhotographSize, column = at / 4 % PhotographSize;
                pixels[at] = (byte)((red + row) / 2);
                pixels[at + 1] = (byte)((green + column) / 2);
                pixels[at + 2] = (byte)random.Next(64);
                pixels[at + 3] = 255;
            }

            using MLImage image = MLImage.CreateFromPixels(PhotographSize, PhotographSize, MLPixelFormat.Rgba32, pixels);
            pictures[i] = new Picture { Path = Path.Combine(folder, $"{i}.jpg"), Label = i % 2 };
            image.Save(pictures[i].Path);
        }
    }

    /// <summary>The pixels of the images, decoded whenever a cursor asks for them.</summary>
    internal IDataView Pixels(MLContext ml)
    {
        IDataView paths = ml.Data.LoadFromEnumerable(pictures);
        return ml.Transforms.LoadImages("Image", imageFolder: "", nameof(Picture.Path))
            .Append(ml.Transforms.ExtractNetworkPixels("Features", Size, Size, "Image")).Fit(paths).Transform(paths);
    }

    /// <summary>The same by LoadPixels.</summary>
    internal IDataView LoadedPixels(MLContext ml)
    {
        IDataView paths = ml.Data.LoadFromEnumerable(pictures);
        return ml.Transforms.LoadPixels("Features", Size, Size, nameof(Picture.Path)).Fit(paths).Transform(paths);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private sealed class Picture
    {
        public string Path { get; set; } = "";

        public float Label { get; set; }
    }
}
