using System.Formats.Tar;

namespace Microsoft.ML.DeepLayers.Tests.RealData;

/// <summary>An archive of images, unpacked into a temporary folder that goes when it is disposed of: the shared data stays as it is.</summary>
internal sealed class UnpackedImages : IDisposable
{
    private readonly DirectoryInfo folder;
    private readonly string root;

    private UnpackedImages(DirectoryInfo folder, string root) => (this.folder, this.root) = (folder, root);

    /// <summary>The path of a folder within the archive's own.</summary>
    internal string this[string name] => Path.Combine(folder.FullName, root, name);

    /// <summary>The 60000 small photographs of CIFAR-10: <c>train</c> and <c>test</c>, in each a folder a class.</summary>
    /// <param name="folder">Where the archive lies.</param>
    /// <param name="trainingPerClass">How many training images of each class are unpacked.</param>
    /// <param name="testPerClass">How many test images.</param>
    internal static UnpackedImages Cifar10(string folder, int trainingPerClass = 5000, int testPerClass = 1000) =>
        Unpack(Path.Combine(folder, "CIFAR-10-images.tar.gz"), "CIFAR-10-images", entry => entry.Split('/') switch
        {
            // CIFAR-10-images/train/<class>/NNNN.jpg
            [_, "train", _, string name] => Number(name) < trainingPerClass,
            [_, "test", _, string name] => Number(name) < testPerClass,
            _ => false,
        });

    /// <summary>The 70000 handwritten digits of MNIST: <c>train</c> and <c>test</c>, in each a folder a digit.</summary>
    /// <param name="folder">Where the archive lies.</param>
    internal static UnpackedImages Mnist(string folder) =>
        Unpack(Path.Combine(folder, "mnist-pngs.tar.gz"), "mnist-pngs", entry => entry.EndsWith(".png", StringComparison.Ordinal));

    /// <summary>200 photographs of flowers, a folder a class.</summary>
    internal static UnpackedImages Flowers(string folder) =>
        Unpack(Path.Combine(folder, "flower_photos_small_set.tar.gz"), "flower_photos_small_set", entry => entry.EndsWith(".jpg", StringComparison.Ordinal));

    public void Dispose() => folder.Delete(recursive: true);

    private static int Number(string name) => int.Parse(Path.GetFileNameWithoutExtension(name), System.Globalization.CultureInfo.InvariantCulture);

    private static UnpackedImages Unpack(string archive, string root, Func<string, bool> isWanted)
    {
        var unpacked = new UnpackedImages(Directory.CreateTempSubdirectory("deeplayers-images-"), root);
        try
        {
            using Stream stream = SharedData.Open(archive);
            using var reader = new TarReader(stream);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && isWanted(entry.Name))
                {
                    string path = Path.GetFullPath(Path.Combine(unpacked.folder.FullName, entry.Name));
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    entry.ExtractToFile(path, overwrite: false);
                }
            }

            return unpacked;
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }
}
