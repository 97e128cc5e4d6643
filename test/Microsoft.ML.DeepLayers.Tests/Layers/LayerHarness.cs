using Google.Protobuf;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Numbers in row-major order with their dimensions, the batch dimension first.</summary>
public sealed record Values(long[] Dimensions, double[] Data)
{
    public static Values Of(double[] data, params long[] dimensions) => new(dimensions, data);

    /// <summary>Some rows of the batch.</summary>
    public Values Rows(int first, int count)
    {
        int length = Data.Length / (int)Dimensions[0];
        return new Values([count, .. Dimensions.Skip(1)], Data[(first * length)..((first + count) * length)]);
    }

    public Tensor ToTensor(ScalarType type) => tensor(Data, Dimensions, dtype: ScalarType.Float64).to(type);

    public static Values From(Tensor tensor) =>
        new(tensor.shape, tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray());
}

/// <summary>
/// A layer, or a chain of layers, with given weights: computed by libtorch as in training, or by ONNX Runtime as in
/// scoring. It stands on the layers' own contract alone, so that it needs neither networks nor trainers.
/// </summary>
internal sealed class LayerHarness : IDisposable
{
    private readonly IReadOnlyList<Layer> layers;
    private readonly Shape input;
    private readonly List<LayerBuilder> builders = [];
    private readonly List<LayerFunction> functions = [];
    private readonly Dictionary<string, (Shape Shape, float[] Values)> weights = [];

    /// <summary>Builds the layers and fills their weights.</summary>
    /// <param name="layers">The layers, each reading the one before.</param>
    /// <param name="input">The shape of the input.</param>
    /// <param name="type">The number type of the computation.</param>
    /// <param name="fill">Gives the values of a weight; random ones by default.</param>
    public LayerHarness(IReadOnlyList<Layer> layers, Shape input, ScalarType type = ScalarType.Float32, Func<WeightSpec, float[]>? fill = null)
    {
        (this.layers, this.input, Type) = (layers, input, type);
        var random = new Random(1);
        fill ??= spec => RandomWeight(spec, random);
        Shape shape = input;
        foreach (Layer layer in layers)
        {
            var builder = new LayerBuilder(layer, [shape], type, CPU);
            builders.Add(builder);
            functions.Add(layer.Build(builder));
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            foreach ((WeightSpec spec, Tensor tensor) in builder.Weights)
            {
                float[] values = fill(spec);
                weights.Add($"{builders.Count - 1}/{spec.Name}", (spec.Shape, values));
                tensor.copy_(torch.tensor(values).reshape(tensor.shape));
            }

            shape = layer.ComputeOutputShapes([shape])[0];
        }

        Output = shape;
    }

    public ScalarType Type { get; }

    /// <summary>The inferred shape of the output.</summary>
    public Shape Output { get; }

    /// <summary>The weights that training changes, by name.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Trainable =>
        builders.SelectMany((builder, i) => builder.Weights.Where(item => item.Spec.Trainable).Select(item => ($"{i}/{item.Spec.Name}", item.Tensor)));

    public Tensor Weight(string name) => builders.SelectMany(builder => builder.Weights).Single(item => item.Spec.Name == name).Tensor;

    /// <summary>Random weights of a size that keeps activations in their interesting range; variances are positive.</summary>
    public static float[] RandomWeight(WeightSpec spec, Random random) =>
        [.. Enumerable.Range(0, (int)spec.Shape.Size).Select(_ => spec.Name.EndsWith("variance", StringComparison.Ordinal)
            ? 0.5f + random.NextSingle()
            : (random.NextSingle() * 1.6f) - 0.8f)];

    /// <summary>An input: a shuffled row of evenly spaced numbers, so that none is near 0 or near another one, where kinks are.</summary>
    public static Values RandomInput(LayerInfo row, Shape shape, int batch, int seed = 2)
    {
        var random = new Random(seed);
        int count = batch * (int)shape.Size;
        double[] values = [.. Enumerable.Range(0, count).Select(i => row.Indices > 0 ? random.Next(row.Indices) : ((i + 0.5) / count * 4) - 2)];
        random.Shuffle(values);
        return new Values(shape.WithBatch(batch), values);
    }

    /// <summary>What libtorch computes; the caller owns the tensor through its dispose scope.</summary>
    public Tensor Forward(Tensor x, bool training = false, Generator? generator = null)
    {
        var context = new ForwardContext(training, generator);
        return functions.Aggregate(x, (value, function) => function([value], context)[0]);
    }

    /// <summary>What libtorch computes.</summary>
    public Values RunTorch(Values values, bool training = false, ulong seed = 0)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(seed);
        return Values.From(Forward(values.ToTensor(Type), training, generator));
    }

    /// <summary>What ONNX Runtime computes.</summary>
    public Values RunOnnx(Values values)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(ExportModel().ToByteArray(), options);
        using var run = new RunOptions();
        using OrtValue x = OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values.Data, value => (float)value), values.Dimensions);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, ["input"], [x], ["output"]);
        return new Values(results[0].GetTensorTypeAndShape().Shape, [.. results[0].GetTensorDataAsSpan<float>().ToArray().Select(value => (double)value)]);
    }

    /// <summary>The ONNX model, with the float weights.</summary>
    public ModelProto ExportModel()
    {
        var graph = new GraphProto { Name = "layers" };
        var onnx = new OnnxGraphBuilder(graph, name => (weights[name].Shape, weights[name].Values));
        IReadOnlyList<OnnxValue> values = [onnx.Input("input", input)];
        for (int i = 0; i < layers.Count; i++)
        {
            values = layers[i].Export(onnx.Inner($"{i}"), values);
        }

        onnx.Output("output", values[0]);
        var model = new ModelProto { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxGraphBuilder.OpsetVersion });
        return model;
    }

    public void Dispose() => builders.ForEach(builder => builder.Dispose());
}
