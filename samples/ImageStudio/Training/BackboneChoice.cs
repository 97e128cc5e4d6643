using System.Globalization;
using Microsoft.ML.DeepLayers.Backbones;
using ScriptedTraining;

namespace ImageStudio.Training;

/// <summary>A backbone as the command line names it.</summary>
internal static class BackboneChoice
{
    /// <summary>The network of this program, <see cref="SmallNetwork"/>, which is no published one.</summary>
    public const string Small = "small";

    private static readonly Dictionary<string, Func<Backbone>> s_known = new(StringComparer.Ordinal)
    {
        ["resnet18"] = () => new ResNet18(),
        ["resnet34"] = () => new ResNet34(),
        ["resnet50"] = () => new ResNet50(),
        ["mobilenet-v2"] = () => new MobileNetV2(),
        ["mobilenet-v3-small"] = () => new MobileNetV3Small(),
        ["mobilenet-v3-large"] = () => new MobileNetV3Large(),
        ["efficientnet-b0"] = () => new EfficientNetB0(),
        ["convnext-tiny"] = () => new ConvNeXtTiny(),
        ["vgg16"] = () => new VGG16(),
        ["vit-tiny"] = () => new ViTTiny(),
        ["vit-small"] = () => new ViTSmall(),
    };

    public static IEnumerable<string> Published => s_known.Keys;

    public static bool IsKnown(string name) => name == Small || s_known.ContainsKey(name);

    /// <summary>A published backbone in the size and width that were asked for.</summary>
    /// <exception cref="UserException">It cannot have them.</exception>
    public static Backbone Create(string name, int size, float width)
    {
        Backbone backbone = s_known[name]() with { Height = size, Width = size, WidthMultiplier = width };
        try
        {
            _ = backbone.GetStages();
            return backbone;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new UserException(
                string.Create(CultureInfo.InvariantCulture, $"'{name}' cannot read images of {size} by {size} pixels at width {width}: {exception.Message}"), exception);
        }
    }
}
