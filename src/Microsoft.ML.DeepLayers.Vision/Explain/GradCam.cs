using System.Runtime.CompilerServices;
using Microsoft.ML.DeepLayers.Explain;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Grad-CAM (Selvaraju et al. 2017): the channels of a convolution's feature map, each weighted by the mean gradient that the
/// class's logit has there, added up, and what is above 0 enlarged to the size of the image. One pass forwards and half of one
/// backwards for a batch of images; the map is as coarse as the feature map. It needs libtorch (<see cref="Occlusion"/> does
/// without), computes on the CPU, and keeps a copy of the weights until it is disposed.
/// </summary>
/// <example>
/// <code>
/// using var gradCam = new GradCam(model);                  // what Fit returned, or what was loaded
/// foreach (HeatMap map in gradCam.Explain(images)) { Console.WriteLine($"{map.ClassName} {map.Score:P0}, at {map.Hottest}"); }
/// </code>
/// </example>
public sealed class GradCam : ImageExplainer
{
    private const string Needs = "Grad-CAM computes gradients, by libtorch; Occlusion does without.";

    private readonly object gate = new();
    private readonly int node;
    private GradCamNetwork? built;

    /// <summary>Looks at a trained network. Nothing native is loaded before the first image.</summary>
    /// <param name="model">A <see cref="NeuralNetworkTransformer"/>, fitted or loaded, or a chain whose last predictor is one.</param>
    /// <param name="layerName">
    /// The layer whose feature map <c>[height, width, channels]</c> is looked at; left out for the last one behind a convolution
    /// that is no pooling and no dropout. Earlier ones give finer maps that say less about the class.
    /// </param>
    /// <param name="outputName">The output to explain, where the network has several; left out for the first.</param>
    /// <exception cref="ArgumentException">
    /// The model contains no neural network, or it reads no image, has no convolution, or no such layer or output.
    /// </exception>
    public GradCam(ITransformer model, string? layerName = null, string? outputName = null)
        : base(model, outputName)
    {
        CheckNoSequences();
        node = FeatureMapSearch.Find(Network, layerName);
    }

    /// <summary>The layer that is looked at.</summary>
    public string LayerName => Network.Graph.Nodes[node].Name;

    /// <exception cref="LibTorchNotFoundException">The application references no libtorch package.</exception>
    /// <exception cref="DllNotFoundException">libtorch is there and does not load.</exception>
    internal override IReadOnlyList<HeatMap> Compute(IReadOnlyList<float[][]> rows, int? classIndex)
    {
        lock (gate)
        {
            using NativeWork.Scope work = NativeWork.Begin();
            EnsureLibTorch();
            return ComputeLoaded(rows, classIndex);
        }
    }

    private protected override void Dispose(bool disposing)
    {
        lock (gate)
        {
            using NativeWork.Scope work = NativeWork.Begin();
            built?.Dispose();
            built = null;
        }

        base.Dispose(disposing);
    }

    /// <summary>A method of its own, so that nothing of TorchSharp is used before libtorch is known to be there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<HeatMap> ComputeLoaded(IReadOnlyList<float[][]> rows, int? classIndex)
    {
        built ??= new GradCamNetwork(Network, node);
        var maps = new List<HeatMap>();
        foreach (GradCamResult result in built.Compute(rows, classIndex))
        {
            float[] values = Bilinear.Resize(result.Map, built.MapHeight, built.MapWidth, Height, Width);
            maps.Add(ToMap(values, result.ClassIndex, result.Score));
        }

        return maps;
    }

    private static void EnsureLibTorch()
    {
        try
        {
            LibTorch.EnsureLoaded();
        }
        catch (LibTorchNotFoundException exception)
        {
            throw new LibTorchNotFoundException($"{Needs} {exception.Message}");
        }
        catch (DllNotFoundException exception)
        {
            throw new DllNotFoundException($"{Needs} {exception.Message}", exception);
        }
    }
}
