using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>A <see cref="HeatMapOverlayTransformer"/> in its folder of a model zip: the settings, and the network that it explains.</summary>
internal static class OverlayZip
{
    private const string NetworkName = "Network";

    // *** Binary format *** (of Model.key, behind ML.NET's header)
    // string: output column; string: image column, empty for none; int: class, -1 for the predicted one
    // int: colors; float: opacity; int: fit; float: crop fraction; string: the network's output
    // bool: whether Grad-CAM. If so, string: layer. Else, ints: patch's height and width, stride down and across; bool: whether there is a color; float: the color
    internal static void Write(ModelFolderWriter folder, HeatMapOverlayTransformer transformer)
    {
        BinaryWriter writer = folder.Header;
        writer.Write(transformer.OutputColumnName);
        writer.Write(transformer.ImageColumnName ?? "");
        writer.Write(transformer.ClassIndex ?? -1);
        writer.Write((int)transformer.Overlay.Colors);
        writer.Write(transformer.Overlay.Opacity);
        writer.Write((int)transformer.Overlay.Fit);
        writer.Write(transformer.Overlay.CropFraction);
        ExplainedNetwork network = transformer.Explainer.Network;
        writer.Write(network.TrainedOutput.ScoreName);
        writer.Write(transformer.Explainer is GradCam);
        switch (transformer.Explainer)
        {
            case GradCam gradCam:
                writer.Write(gradCam.LayerName);
                break;
            case Occlusion occlusion:
                foreach (int number in new[] { occlusion.PatchSize.Height, occlusion.PatchSize.Width, occlusion.Stride.Height, occlusion.Stride.Width })
                {
                    writer.Write(number);
                }

                writer.Write(occlusion.FillValue is not null);
                writer.Write(occlusion.FillValue ?? 0);
                break;
        }

        folder.WriteTransformer(NetworkName, network.Transformer);
    }

    // *** Binary format ***: see Write.
    /// <exception cref="FormatException">The model is damaged, or of a newer version.</exception>
    internal static HeatMapOverlayTransformer Read(IHostEnvironment environment, ModelFolderReader folder) => folder.Read("The pictures that explain a network", typeof(OverlayZip).Assembly, () =>
    {
        folder.CheckVersion(OverlayLoader.Version);
        BinaryReader reader = folder.Header;
        (string output, string image, int classIndex) = (reader.ReadString(), reader.ReadString(), reader.ReadInt32());
        var overlay = new OverlayOptions
        {
            Colors = (HeatMapColors)reader.ReadInt32(),
            Opacity = reader.ReadSingle(),
            Fit = (ImageFit)reader.ReadInt32(),
            CropFraction = reader.ReadSingle(),
        };
        string explained = reader.ReadString();
        ImageExplainer explainer = ReadExplainer(reader, folder.ReadTransformer(environment, NetworkName), explained);
        int? index = classIndex < 0 ? null : classIndex;
        explainer.Network.CheckClass(index);
        return new HeatMapOverlayTransformer(environment, explainer, output, image.Length == 0 ? null : image, index, overlay) { OwnsNetwork = true };
    });

    private static ImageExplainer ReadExplainer(BinaryReader reader, ITransformer network, string output)
    {
        if (reader.ReadBoolean())
        {
            return new GradCam(network, reader.ReadString(), output);
        }

        var patch = new Size2D(reader.ReadInt32(), reader.ReadInt32());
        var stride = new Size2D(reader.ReadInt32(), reader.ReadInt32());
        (bool hasColor, float color) = (reader.ReadBoolean(), reader.ReadSingle());
        return new Occlusion(network, patch, stride, hasColor ? color : null, output);
    }
}
