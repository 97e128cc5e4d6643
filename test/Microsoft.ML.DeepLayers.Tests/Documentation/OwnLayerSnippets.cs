using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Documentation;

/// <summary>The snippets of docs/own-layers.md about numbers and tensors, compiled. Their IL is looked through like that of the library.</summary>
internal static class OwnLayerSnippets
{
    internal static Tensor Safe(Tensor x, Tensor y)
    {
        Tensor scaled = x.Multiply(0.5f).Add(y);          // not x * 0.5f + y
        Tensor distance = (x - y).Square().sum(-1);       // a difference or product of two tensors has no number in it
        Tensor scores = x.Matmul(y.t());                  // not x.matmul(y.t())
        return scaled.sum().Add(distance.sum() * scores.sum());
    }

    internal static Tensor OtherMembers(Tensor x)
    {
        using Scalar divisor = 3.ToScalar();              // lives until the end of the block
        return x.fmod(divisor);
    }

    internal static Loss OfFunction() =>
        Loss.FromFunction("quartic", (output, labels) => (output - labels).Power(4));

    internal static Metric MetricOfFunction() =>
        Metric.FromFunction("within_10_percent", (output, labels) => (output - labels).abs() <= labels.abs().Multiply(0.1f));

    internal static nn.Module<Tensor, Tensor> Module() =>
        nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.LayerNorm(16), nn.Dropout(0.2));
}
