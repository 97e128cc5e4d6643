using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Activations within layers, within convolutional graphs and by name.</summary>
[TestClass]
public sealed class ActivationUseTests
{
    private static readonly JsonSerializerOptions Compact = new(ComponentJson.Options) { WriteIndented = false };

    public static IEnumerable<string> Rows => LayerTable.All
        .Where(row => row.Create().GetType().GetProperty("Activation")?.PropertyType == typeof(Activation) && row.Create() is not RecurrentLayer)
        .Select(row => row.Name);

    /// <summary>A layer with an activation gives the shape that the activation gives, or refuses one that changes it.</summary>
    [TestMethod]
    [DynamicData(nameof(Rows))]
    public void An_activation_that_changes_the_shape_is_honoured_or_refused(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        IReadOnlyList<Shape> shapes = row.Cases.First();
        Layer layer;
        LayerHarness harness;
        try
        {
            layer = With(row.Create(), Activation.GLU);
            harness = new LayerHarness([layer], shapes);
        }
        catch (TargetInvocationException exception) when (exception.InnerException is ArgumentException)
        {
            return;
        }
        catch (LayerShapeException exception)
        {
            // Where there is an odd number of units.
            Assert.Contains("GLU", exception.Message);
            return;
        }

        using (harness)
        {
            LayerArguments input = LayerArguments.Random(row, shapes, 2);
            LayerResults results = harness.RunTorch(input);
            CollectionAssert.AreEqual(harness.Output.WithBatch(2), results.Outputs[0].Dimensions, $"{layer}: libtorch");
            NumberAssert.AreClose(results.Outputs[0], harness.RunOnnx(input).Outputs[0], 1e-5, $"{layer}: ONNX Runtime");
        }
    }

    /// <summary>A relu with parameters is not the relu that recurrent operators know.</summary>
    [TestMethod]
    public void Recurrent_layers_refuse_a_relu_with_parameters()
    {
        var error = Assert.Throws<ArgumentException>(() => new SimpleRNN(2, Activation.ReLU6));
        Assert.AreEqual("activation", error.ParamName);
        _ = new SimpleRNN(2, new ReLUActivation());
    }

    [TestMethod]
    public void Every_activation_fits_between_convolutions()
    {
        foreach (Activation activation in LayerTable.Activations.Select(item => item.Activation).Append(Activation.Sparsemax))
        {
            using var harness = new LayerHarness([new Conv2D(4, 2, activation: activation), new Conv2D(2, 2)], new Shape(4, 5, 2));
            Values input = LayerHarness.RandomInput(LayerTable.Row("Conv2D"), new Shape(4, 5, 2), 2);
            NumberAssert.AreClose(harness.RunTorch(input), harness.RunOnnx(input), 1e-5, $"{activation}");
        }
    }

    [TestMethod]
    [DataRow("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "glu", "gelu", "silu", "swish", "softplus", "softsign", "soft_shrink", "hard_shrink")]
    [DataRow("tanh_shrink", "hard_tanh", "sigmoid", "hard_sigmoid", "log_sigmoid", "hard_silu", "hard_swish", "mish", "exponential", "linear")]
    [DataRow("softmax", "log_softmax", "sparsemax", "squareplus", "sparse_plus", "sparse_sigmoid", "tanh")]
    public void The_names_of_keras_are_read(params string[] names)
    {
        foreach (string name in names)
        {
            Activation activation = Read<Activation>($"\"{name}\"");
            string type = activation.GetType().Name.Replace("Activation", "", StringComparison.Ordinal).ToUpperInvariant();
            string wanted = name switch { "relu6" => "RELU", "swish" => "SILU", "hard_swish" => "HARDSILU", _ => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant() };
            Assert.AreEqual(wanted, type);
            Assert.AreEqual(activation, Read<Activation>(JsonSerializer.Serialize(activation, ComponentJson.Options)));
        }
    }

    [TestMethod]
    public void Parameters_are_written_only_where_they_are_not_as_by_default()
    {
        static string Write<T>(T component) => JsonSerializer.Serialize(component, Compact);
        Assert.AreEqual("\"ReLU\"", Write(Activation.ReLU));
        Assert.AreEqual("\"ReLU6\"", Write(Activation.ReLU6));
        Assert.AreEqual("\"SiLU\"", Write(Activation.Swish));
        Assert.AreEqual("\"HardSiLU\"", Write(Activation.HardSwish));
        Assert.AreEqual("""{"type":"ReLU","maxValue":2.5}""", Write<Activation>(new ReLUActivation(maxValue: 2.5f)));
        Assert.AreEqual("""{"type":"GELU","approximate":true}""", Write<Activation>(new GELUActivation(true)));
        Assert.AreEqual("\"Softmax\"", Write<Activation>(new SoftmaxActivation(-1)));
        Assert.AreEqual("""{"type":"Threshold","threshold":1,"defaultValue":0}""", Write(Activation.Threshold(1, 0)));
        Assert.AreEqual("\"Identity\"", Write<Initializer>(new IdentityInitializer()));
        Assert.AreEqual("\"L2\"", Write<Regularizer>(new L2()));
        Assert.AreEqual("""{"type":"MaxNorm","axis":[0,1,2]}""", Write<Constraint>(new MaxNorm(2, [0, 1, 2])));
        Assert.AreEqual("\"Softmax\"", Write<Layer>(new Softmax()));
        Assert.AreEqual("""{"type":"PReLU","sharedAxes":[1,2]}""", Write<Layer>(new PReLU(sharedAxes: [1, 2])));
        Assert.AreEqual(new IdentityInitializer(), Read<Initializer>("\"identity\""));
        Assert.AreEqual(new TruncatedNormal(), Read<Initializer>("\"truncated_normal\""));
        Assert.AreEqual(new OrthogonalRegularizer(), Read<Regularizer>("\"orthogonal_regularizer\""));
        Assert.AreEqual(new OrthogonalRegularizer(mode: OrthogonalMode.Columns), Read<Regularizer>("""{ "type": "OrthogonalRegularizer", "mode": "columns" }"""));
        Assert.AreEqual(new L1L2(), Read<Regularizer>("\"l1_l2\""));
        Assert.AreEqual(new MaxNorm(), Read<Constraint>("\"max_norm\""));
        Assert.AreEqual(new NonNeg(), Read<Constraint>("\"non_neg\""));
        Assert.AreEqual(new MinMaxNorm(0.5f, axis: [1]), Read<Constraint>("""{ "type": "min_max_norm", "minValue": 0.5, "axis": [1] }"""));
    }

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, ComponentJson.Options)!;

    private static Layer With(Layer layer, Activation activation)
    {
        ConstructorInfo[] all = layer.GetType().GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        ConstructorInfo constructor = all.SingleOrDefault(candidate => candidate.GetCustomAttribute<JsonConstructorAttribute>() is not null) ?? all.Single(candidate => candidate.IsPublic);
        return (Layer)constructor.Invoke([.. constructor.GetParameters().Select(parameter => parameter.ParameterType == typeof(Activation) && parameter.Name == "activation"
            ? activation
            : layer.GetType().GetProperties().Single(property => string.Equals(property.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)).GetValue(layer))]);
    }
}
