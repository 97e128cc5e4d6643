using Microsoft.ML.DeepLayers.Onnx.Quantization;
using Microsoft.ML.DeepLayers.Tests.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Onnx;

/// <summary>Every layer of the table, with all its options, in the precisions that need no data: it loads and stays near.</summary>
[TestClass]
public sealed class QuantizedLayerTests
{
    public static IEnumerable<string> Names => LayerTable.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_layer_stays_near(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (IReadOnlyList<Shape> shapes in row.Cases)
        {
            using var harness = new LayerHarness([row.Create()], shapes);
            foreach (bool masked in new[] { false, true }.Where(masked => !masked || ((row.Masked || row.Create().SupportsMasking) && shapes.Any(row.HasSteps))))
            {
                LayerArguments arguments = LayerArguments.Random(row, shapes, 3, masked);
                LayerResults expected = harness.RunOnnx(arguments);
                foreach ((OnnxPrecision precision, double tolerance) in new[] { (OnnxPrecision.Float16, 0.01), (OnnxPrecision.DynamicInt8, 0.06) })
                {
                    LayerResults actual = harness.RunOnnx(arguments, onnx => ConvertedNetwork.Convert(onnx, new OnnxExportOptions(precision), null).Onnx);
                    for (int i = 0; i < expected.Outputs.Count; i++)
                    {
                        NumberAssert.AreClose(expected.Outputs[i], actual.Outputs[i], tolerance, $"{name}, {precision}, masked {masked}, output {i}");
                    }
                }
            }
        }
    }
}
