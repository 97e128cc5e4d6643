using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// A file of weights that somebody has published: where it is, and how it begins to be checked. The library brings none;
/// <see cref="Download(string, WeightDownloadOptions?, IProgress{WeightDownloadProgress}?, CancellationToken)"/> fetches one when it is called, and keeps it for the next
/// time. What the files may be used for, their publishers' licences say.
/// </summary>
/// <example><code>
/// var backbone = new ResNet18 { IncludeTop = false, Pooling = FeaturePooling.Average };
/// WeightConversion weights = backbone.LoadWeights(PublishedWeights.Download("resnet18"));
/// </code></example>
public sealed record PublishedWeights
{
    private const string Torchvision = "https://download.pytorch.org/models/";

    private PublishedWeights(string name, string backbone, string url, string fileName, string? sha256) =>
        (Name, Backbone, Url, FileName, Sha256) = (name, backbone, new Uri(url), fileName, sha256);

    /// <summary>The files that are known by name, as torchvision and timm publish them.</summary>
    public static IReadOnlyList<PublishedWeights> All { get; } =
    [
        OfTorchvision("resnet18", nameof(ResNet18), "resnet18-f37072fd.pth"),
        OfTorchvision("resnet34", nameof(ResNet34), "resnet34-b627a593.pth"),
        OfTorchvision("resnet50", nameof(ResNet50), "resnet50-0676ba61.pth"),
        OfTorchvision("resnet50-v2", nameof(ResNet50), "resnet50-11ad3fa6.pth"),
        OfTorchvision("mobilenet_v2", nameof(MobileNetV2), "mobilenet_v2-b0353104.pth"),
        OfTorchvision("mobilenet_v2-v2", nameof(MobileNetV2), "mobilenet_v2-7ebf99e0.pth"),
        OfTorchvision("mobilenet_v3_large", nameof(MobileNetV3Large), "mobilenet_v3_large-8738ca79.pth"),
        OfTorchvision("mobilenet_v3_large-v2", nameof(MobileNetV3Large), "mobilenet_v3_large-5c1a4163.pth"),
        OfTorchvision("mobilenet_v3_small", nameof(MobileNetV3Small), "mobilenet_v3_small-047dcff4.pth"),
        OfTorchvision("efficientnet_b0", nameof(EfficientNetB0), "efficientnet_b0_rwightman-7f5810bc.pth"),
        OfTorchvision("convnext_tiny", nameof(ConvNeXtTiny), "convnext_tiny-983f1562.pth"),
        OfTorchvision("vgg16", nameof(VGG16), "vgg16-397923af.pth"),
        OfTimm("vit_tiny_patch16_224", nameof(ViTTiny), "vit_tiny_patch16_224.augreg_in21k_ft_in1k"),
        OfTimm("vit_small_patch16_224", nameof(ViTSmall), "vit_small_patch16_224.augreg_in21k_ft_in1k"),
    ];

    /// <summary>The name to ask for it by, e.g. <c>resnet18</c>; second versions of weights end in <c>-v2</c>.</summary>
    public string Name { get; }

    /// <summary>The class that the weights fit, e.g. <c>ResNet18</c>.</summary>
    public string Backbone { get; }

    /// <summary>Where it is published.</summary>
    public Uri Url { get; }

    /// <summary>What it is called in the folder of downloads.</summary>
    public string FileName { get; }

    /// <summary>
    /// What its SHA-256 begins with, in hexadecimal digits; <see langword="null"/> where the publisher says nothing about it,
    /// so that the file is as trustworthy as the connection.
    /// </summary>
    public string? Sha256 { get; }

    /// <summary>The path of a known file, which is downloaded where it is not there yet.</summary>
    /// <param name="name">Its <see cref="Name"/>, or its <see cref="FileName"/>.</param>
    /// <param name="options">Where downloads are kept.</param>
    /// <param name="progress">Is told how far the download is.</param>
    /// <param name="cancellationToken">Ends it; what is there is kept, and the next call goes on from it.</param>
    /// <exception cref="ArgumentException">No file of that name is known; the message lists all.</exception>
    /// <exception cref="IOException">The file cannot be had or is not the one that was published; the message says where to put it.</exception>
    public static Task<string> DownloadAsync(
        string name, WeightDownloadOptions? options = null, IProgress<WeightDownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        PublishedWeights file = Find(name);
        return new WeightDownloader(file.Url, file.FileName, file.Sha256, options ?? new(), progress).RunAsync(cancellationToken);
    }

    /// <summary>The path of a file of any address, which is downloaded where it is not there yet.</summary>
    /// <param name="url">The address: https, or http with a SHA-256.</param>
    /// <param name="sha256">The file's SHA-256 in hexadecimal digits, or at least the first 8 of them; <see langword="null"/> to check nothing.</param>
    /// <param name="options">Where downloads are kept.</param>
    /// <param name="progress">Is told how far the download is.</param>
    /// <param name="cancellationToken">Ends it; what is there is kept, and with a SHA-256 the next call goes on from it.</param>
    /// <exception cref="ArgumentException">The address or the SHA-256 is none.</exception>
    /// <exception cref="IOException">The file cannot be had or is not the one that was wanted; the message says where to put it.</exception>
    public static Task<string> DownloadAsync(
        Uri url, string? sha256, WeightDownloadOptions? options = null, IProgress<WeightDownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
        {
            throw new ArgumentException($"'{url}' is no address of a file: https://... is.", nameof(url));
        }

        if (sha256 is not null && (sha256.Length is < 8 or > 64 || !sha256.All(char.IsAsciiHexDigit)))
        {
            throw new ArgumentException($"'{sha256}' is no SHA-256: 64 hexadecimal digits, or the first of them, at least 8.", nameof(sha256));
        }

        if (url.Scheme == Uri.UriSchemeHttp && sha256 is null)
        {
            throw new ArgumentException($"'{url}' is not protected on its way. Give its SHA-256, or an address that begins with https.", nameof(url));
        }

        // Many files are called model.safetensors: the address tells them apart.
        string name = Path.GetFileName(url.LocalPath) is { Length: > 0 } last ? last : "weights";
        string fileName = $"{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)))[..8].ToLowerInvariant()}-{string.Join('_', name.Split(Path.GetInvalidFileNameChars()))}";
        return new WeightDownloader(url, fileName, sha256, options ?? new(), progress).RunAsync(cancellationToken);
    }

    /// <summary>The path of a known file, which is downloaded where it is not there yet: waits for <see cref="DownloadAsync(string, WeightDownloadOptions?, IProgress{WeightDownloadProgress}?, CancellationToken)"/>.</summary>
    /// <param name="name">Its <see cref="Name"/>, or its <see cref="FileName"/>.</param>
    /// <param name="options">Where downloads are kept.</param>
    /// <param name="progress">Is told how far the download is.</param>
    /// <param name="cancellationToken">Ends it; what is there is kept, and the next call goes on from it.</param>
    /// <exception cref="ArgumentException">No file of that name is known; the message lists all.</exception>
    /// <exception cref="IOException">The file cannot be had or is not the one that was published; the message says where to put it.</exception>
    public static string Download(
        string name, WeightDownloadOptions? options = null, IProgress<WeightDownloadProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => DownloadAsync(name, options, progress, cancellationToken), cancellationToken).GetAwaiter().GetResult();

    /// <summary>The path of a file of any address, which is downloaded where it is not there yet: waits for <see cref="DownloadAsync(Uri, string?, WeightDownloadOptions?, IProgress{WeightDownloadProgress}?, CancellationToken)"/>.</summary>
    /// <param name="url">The address: https, or http with a SHA-256.</param>
    /// <param name="sha256">The file's SHA-256 in hexadecimal digits, or at least the first 8 of them; <see langword="null"/> to check nothing.</param>
    /// <param name="options">Where downloads are kept.</param>
    /// <param name="progress">Is told how far the download is.</param>
    /// <param name="cancellationToken">Ends it; what is there is kept, and with a SHA-256 the next call goes on from it.</param>
    /// <exception cref="ArgumentException">The address or the SHA-256 is none.</exception>
    /// <exception cref="IOException">The file cannot be had or is not the one that was wanted; the message says where to put it.</exception>
    public static string Download(
        Uri url, string? sha256, WeightDownloadOptions? options = null, IProgress<WeightDownloadProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => DownloadAsync(url, sha256, options, progress, cancellationToken), cancellationToken).GetAwaiter().GetResult();

    private static PublishedWeights Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return All.FirstOrDefault(file => file.Name == name || file.FileName == name)
            ?? throw new ArgumentException($"No weights '{name}' are known. There are: {string.Join(", ", All.Select(file => file.Name))}. Any other file has an address: Download(url, sha256).", nameof(name));
    }

    /// <summary>torchvision's files have the first digits of their SHA-256 in their names.</summary>
    private static PublishedWeights OfTorchvision(string name, string backbone, string file) =>
        new(name, backbone, Torchvision + file, file, file[(file.LastIndexOf('-') + 1)..file.LastIndexOf('.')]);

    private static PublishedWeights OfTimm(string name, string backbone, string model) =>
        new(name, backbone, $"https://huggingface.co/timm/{model}/resolve/main/model.safetensors", $"{model}.safetensors", null);
}
