using Google.Protobuf;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Inspection;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// A layer, or a chain of layers, with given weights: computed by libtorch as in training, or by ONNX Runtime as in
/// scoring. It stands on the layers' own contract alone, so that it needs neither networks nor trainers.
/// </summary>
internal sealed class LayerHarness : IDisposable
{
    private readonly IReadOnlyList<Layer> layers;
    private readonly IReadOnlyList<Shape> inputs;
    private readonly List<LayerBuilder> builders = [];
    private readonly List<LayerFunction> functions = [];
    private readonly Dictionary<string, (Shape Shape, float[] Values)> weights = [];

    /// <summary>Builds the layers and fills their weights.</summary>
    /// <param name="layers">The layers, each reading the first output of the one before.</param>
    /// <param name="inputs">The shapes of the inputs of the first layer.</param>
    /// <param name="type">The number type of the computation.</param>
    /// <param name="fill">Gives the values of a weight; random ones by default.</param>
    public LayerHarness(IReadOnlyList<Layer> layers, IReadOnlyList<Shape> inputs, ScalarType type = ScalarType.Float32, Func<WeightSpec, float[]>? fill = null)
    {
        (this.layers, this.inputs, Type) = (layers, inputs, type);
        var random = new Random(1);
        fill ??= spec => RandomWeight(spec, random);
        IReadOnlyList<Shape> shapes = inputs;
        foreach (Layer layer in layers)
        {
            shapes = layers[0] == layer ? inputs : [shapes[0]];
            var builder = new LayerBuilder(layer, shapes, type, TestDevice.Torch);
            builders.Add(builder);
            functions.Add(builder.BuildLayer());
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            foreach ((WeightSpec spec, Tensor tensor) in builder.Weights)
            {
                float[] values = fill(spec);
                weights.Add($"{builders.Count - 1}/{spec.Name}", (spec.Shape, values));
                tensor.copy_(torch.tensor(values).reshape(tensor.shape));
            }

            shapes = layer.ComputeOutputShapes(shapes);
        }

        Outputs = shapes;
    }

    /// <summary>Builds layers that read one input.</summary>
    public LayerHarness(IReadOnlyList<Layer> layers, Shape input, ScalarType type = ScalarType.Float32, Func<WeightSpec, float[]>? fill = null)
        : this(layers, [input], type, fill)
    {
    }

    public ScalarType Type { get; }

    /// <summary>The inferred shapes of the outputs.</summary>
    public IReadOnlyList<Shape> Outputs { get; }

    /// <summary>The inferred shape of the first output.</summary>
    public Shape Output => Outputs[0];

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

    /// <summary>What libtorch computes; the caller owns the tensors through its dispose scope.</summary>
    public (IReadOnlyList<Tensor> Outputs, IReadOnlyList<Tensor?> Masks) Forward(
        IReadOnlyList<Tensor> xs, IReadOnlyList<Tensor?> masks, bool training = false, Generator? generator = null)
    {
        for (int i = 0; i < functions.Count; i++)
        {
            (IReadOnlyList<Tensor> read, IReadOnlyList<Tensor?> readMasks) = i == 0 ? (xs, masks) : ([xs[0]], [masks[0]]);
            xs = functions[i](read, new ForwardContext(training, generator) { Masks = readMasks });
            masks = layers[i].ComputeMasks(read, readMasks);
        }

        return (xs, masks);
    }

    /// <summary>What libtorch computes of one input; the caller owns the tensor through its dispose scope.</summary>
    public Tensor Forward(Tensor x, bool training = false, Generator? generator = null) =>
        Forward([x], new Tensor?[1], training, generator).Outputs[0];

    /// <summary>What libtorch computes.</summary>
    public LayerResults RunTorch(LayerArguments arguments, bool training = false, ulong seed = 0)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = TestDevice.Generator(seed);
        (IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor?> masks) = Forward(
            [.. arguments.Inputs.Select(values => values.ToTensor(Type))],
            [.. arguments.Masks.Select(mask => mask?.ToTensor(ScalarType.Bool))], training, generator);
        return new LayerResults([.. outputs.Select(Values.From)], [.. masks.Select(mask => mask is null ? null : Values.From(mask))]);
    }

    /// <summary>What libtorch computes of one input.</summary>
    public Values RunTorch(Values values, bool training = false, ulong seed = 0) =>
        RunTorch(new LayerArguments(values), training, seed).Outputs[0];

    /// <summary>What ONNX Runtime computes.</summary>
    /// <param name="arguments">The inputs.</param>
    /// <param name="convert">Makes something else of the network before it runs.</param>
    public LayerResults RunOnnx(LayerArguments arguments, Func<byte[], byte[]>? convert = null)
    {
        byte[] onnx = ExportModel([.. arguments.Masks.Select(mask => mask is not null)]).ToByteArray();
        Assert.AreEqual(int.MaxValue, ModelInspection.Inspect(onnx, values: 1, new ModelFileLimits()), "A model zip with it opens, and is scored in batches of the usual size.");
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(convert?.Invoke(onnx) ?? onnx, options);
        using var run = new RunOptions();
        var names = new List<string>();
        var values = new List<OrtValue>();
        for (int i = 0; i < inputs.Count; i++)
        {
            Values input = arguments.Inputs[i];
            names.Add(InputName(i));
            values.Add(OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(input.Data, value => (float)value), input.Dimensions));
            if (arguments.Masks[i] is { } mask)
            {
                names.Add($"{InputName(i)} mask");
                values.Add(OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(mask.Data, value => value != 0), mask.Dimensions));
            }
        }

        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, names, values, [.. session.OutputMetadata.Keys]);
        values.ForEach(value => value.Dispose());
        Dictionary<string, Values> named = session.OutputMetadata.Keys.Zip(results, (name, result) => (name, Values: new Values(
            result.GetTensorTypeAndShape().Shape, [.. result.GetTensorDataAsSpan<float>().ToArray().Select(value => (double)value)])))
            .ToDictionary(item => item.name, item => item.Values);
        return new LayerResults(
            [.. Outputs.Select((_, index) => named[$"output {index}"])], [.. Outputs.Select((_, index) => named.GetValueOrDefault($"mask {index}"))]);
    }

    /// <summary>What ONNX Runtime computes of one input.</summary>
    public Values RunOnnx(Values values) => RunOnnx(new LayerArguments(values)).Outputs[0];

    /// <summary>The ONNX model, with the float weights.</summary>
    /// <param name="masked">Which inputs have a mask, as an input of its own; none by default.</param>
    public ModelProto ExportModel(bool[]? masked = null)
    {
        const int Float = 1; // TensorProto.DataType
        var graph = new GraphProto { Name = "layers" };
        var onnx = new OnnxGraphBuilder(graph, name => (weights[name].Shape, weights[name].Values));
        IReadOnlyList<OnnxValue> values =
        [
            .. inputs.Select((shape, index) =>
            {
                OnnxValue value = onnx.Input(InputName(index), shape);
                return masked is not null && masked[index] ? value.WithMask(onnx.Input($"{InputName(index)} mask", new Shape(shape[0]), isMask: true)) : value;
            }),
        ];
        for (int i = 0; i < layers.Count; i++)
        {
            values = layers[i].ExportMasked(onnx.Inner($"{i}"), i == 0 ? values : [values[0]]);
        }

        for (int i = 0; i < values.Count; i++)
        {
            onnx.Output($"output {i}", values[i]);
            if (values[i].Mask is { } mask)
            {
                onnx.Output($"mask {i}", onnx.Node("Cast", [mask], mask.Shape, OnnxAttribute.Int("to", Float)));
            }
        }

        var model = new ModelProto { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxGraphBuilder.OpsetVersion });
        return model;
    }

    public void Dispose() => builders.ForEach(builder => builder.Dispose());

    private static string InputName(int index) => $"input {index}";
}
