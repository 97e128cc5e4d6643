using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>A network in another precision.</summary>
/// <param name="Onnx">The network.</param>
/// <param name="Layers">What became of its layers.</param>
internal sealed record ConvertedNetwork(byte[] Onnx, IReadOnlyList<OnnxLayerChange> Layers)
{
    /// <summary>Converts a float32 network.</summary>
    /// <param name="onnx">The network.</param>
    /// <param name="options">The precision, and what stays.</param>
    /// <param name="batches">Data for calibration, which static quantization needs.</param>
    /// <exception cref="ArgumentException">An unknown layer is to stay float32, or the data has no rows.</exception>
    internal static ConvertedNetwork Convert(byte[] onnx, OnnxExportOptions options, ExampleBatches? batches)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(onnx);
        GraphProto graph = model.Graph;
        var kept = new KeptLayers(options.Float32Layers, graph);
        var changes = new LayerChanges();
        if (options.Precision == OnnxPrecision.Float32)
        {
            return new ConvertedNetwork(onnx, changes.All);
        }

        BatchNormalizationFolding.Fold(graph);
        switch (options.Precision)
        {
            case OnnxPrecision.Float16:
                new Float16Conversion(model, kept).Apply(kept, changes);
                break;
            case OnnxPrecision.DynamicInt8:
                new DynamicQuantization(graph, options, kept, changes).Apply();
                break;
            default:
                var quantization = new StaticQuantization(graph, options, kept, changes);
                quantization.Apply(Calibration.Measure(
                    model, quantization.Measured, batches ?? throw new ArgumentNullException(nameof(batches)), options.CalibrationPercentile));
                break;
        }

        return new ConvertedNetwork(model.ToByteArray(), changes.All);
    }
}
