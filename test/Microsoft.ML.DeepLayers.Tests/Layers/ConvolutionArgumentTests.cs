using System.Reflection;
using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>What constructors of convolutions refuse, and where each of their many parameters goes.</summary>
[TestClass]
public sealed class ConvolutionArgumentTests
{
    public static IEnumerable<(Func<object> Create, string Argument)> Refused =>
    [
        (() => new Conv3D(0, 1), "filters"),
        (() => new Conv3D(1, 0), "depth"),
        (() => new Conv3D(1, (1, 0, 1)), "height"),
        (() => new Conv3D(1, (1, 1, 0)), "width"),
        (() => new Conv3D(1, 1, groups: 0), "groups"),
        (() => new Conv3D(3, 1, groups: 2), "filters"),
        (() => new Conv3D(1, 2, padding: Padding.Causal), "padding"),
        (() => new Conv3D(1, 2, strides: (1, 1, 2), dilationRate: (2, 1, 1)), "dilationRate"),
        (() => new DepthwiseConv1D(0), "kernelSize"),
        (() => new DepthwiseConv1D(1, strides: 0), "strides"),
        (() => new DepthwiseConv1D(1, dilationRate: 0), "dilationRate"),
        (() => new DepthwiseConv1D(1, depthMultiplier: 0), "depthMultiplier"),
        (() => new DepthwiseConv1D(2, strides: 2, dilationRate: 2), "dilationRate"),
        (() => new DepthwiseConv1D(1, padding: (Padding)9), "padding"),
        (() => new DepthwiseConv2D(1, depthMultiplier: 0), "depthMultiplier"),
        (() => new DepthwiseConv2D(2, padding: Padding.Causal), "padding"),
        (() => new DepthwiseConv2D(2, strides: (1, 2), dilationRate: (2, 1)), "dilationRate"),
        (() => new SeparableConv1D(0, 1), "filters"),
        (() => new SeparableConv1D(1, 0), "kernelSize"),
        (() => new SeparableConv1D(1, 1, strides: 0), "strides"),
        (() => new SeparableConv1D(1, 1, dilationRate: 0), "dilationRate"),
        (() => new SeparableConv1D(1, 1, depthMultiplier: 0), "depthMultiplier"),
        (() => new SeparableConv1D(1, 2, strides: 2, dilationRate: 2), "dilationRate"),
        (() => new SeparableConv2D(0, 1), "filters"),
        (() => new SeparableConv2D(1, 2, padding: Padding.Causal), "padding"),
        (() => new SeparableConv2D(1, 2, strides: 2, dilationRate: 2), "dilationRate"),
        (() => new Conv1DTranspose(0, 1), "filters"),
        (() => new Conv1DTranspose(1, 0), "kernelSize"),
        (() => new Conv1DTranspose(1, 1, strides: 0), "strides"),
        (() => new Conv1DTranspose(1, 1, dilationRate: 0), "dilationRate"),
        (() => new Conv1DTranspose(1, 1, padding: Padding.Causal), "padding"),
        (() => new Conv1DTranspose(1, 1, strides: 2, outputPadding: 2), "outputPadding"),
        (() => new Conv1DTranspose(1, 1, strides: 2, outputPadding: -1), "outputPadding"),
        (() => new Conv1DTranspose(1, 2, strides: 2, dilationRate: 2), "dilationRate"),
        (() => new Conv2DTranspose(1, 1, strides: (2, 3), outputPadding: 2), "outputPadding"),
        (() => new Conv2DTranspose(1, 1, strides: (3, 2), outputPadding: 2), "outputPadding"),
        (() => new Conv2DTranspose(1, 1, strides: 2, outputPadding: (0, -1)), "width"),
        (() => new Conv2DTranspose(1, 1, padding: Padding.Causal), "padding"),
        (() => new Conv2DTranspose(1, 2, strides: (2, 1), dilationRate: (1, 2)), "dilationRate"),
        (() => new Conv3DTranspose(1, 1, strides: (1, 3, 3), outputPadding: 1), "outputPadding"),
        (() => new Conv3DTranspose(1, 1, strides: (3, 1, 3), outputPadding: 1), "outputPadding"),
        (() => new Conv3DTranspose(1, 1, strides: (3, 3, 1), outputPadding: 1), "outputPadding"),
        (() => new Conv3DTranspose(1, 1, strides: 2, outputPadding: (-1, 0, 0)), "depth"),
        (() => new Conv3DTranspose(1, 2, strides: 2, dilationRate: 2), "dilationRate"),
    ];

    public static IEnumerable<string> Names => Convolutions.Select(type => type.Name);

    private static IEnumerable<Type> Convolutions => typeof(Convolution).Assembly.GetExportedTypes()
        .Where(type => type.IsSubclassOf(typeof(Convolution)) && !type.IsAbstract);

    [TestMethod]
    public void Wrong_arguments_are_refused_by_name()
    {
        foreach ((Func<object> create, string argument) in Refused)
        {
            var error = Assert.Throws<ArgumentException>(() => create(), argument);
            Assert.AreEqual(argument, error.ParamName, error.Message);
        }
    }

    [TestMethod]
    public void Sizes_and_output_paddings_convert_from_numbers_and_tuples()
    {
        Assert.AreEqual(new Size3D(3, 3, 3), (Size3D)3);
        Assert.AreEqual(new Size3D(2, 3, 5), (Size3D)(2, 3, 5));
        Assert.AreNotEqual(new Size3D(2, 5, 3), (Size3D)(2, 3, 5));
        Assert.AreEqual((Size3D)1, default(Size3D));
        Assert.AreEqual("(2, 3, 5)", new Size3D(2, 3, 5).ToString());
        Assert.AreEqual(new Conv3D(2, 3), new Conv3D(2, (3, 3, 3), strides: 1, dilationRate: (1, 1, 1)));
        Assert.AreEqual(new OutputPadding2D(1, 1), (OutputPadding2D)1);
        Assert.AreEqual(new OutputPadding2D(1, 0), (OutputPadding2D)(1, 0));
        Assert.AreEqual((OutputPadding2D)0, default(OutputPadding2D));
        Assert.AreEqual("(1, 0)", new OutputPadding2D(1, 0).ToString());
        Assert.AreEqual(new OutputPadding3D(2, 2, 2), (OutputPadding3D)2);
        Assert.AreEqual(new OutputPadding3D(2, 0, 1), (OutputPadding3D)(2, 0, 1));
        Assert.AreEqual("(2, 0, 1)", new OutputPadding3D(2, 0, 1).ToString());
    }

    /// <summary>Each weight has the initializer, regularizer and constraint that its parameter is called after.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Each_weight_gets_its_own_initializer_regularizer_and_constraint(string name)
    {
        ConstructorInfo constructor = Convolutions.Single(type => type.Name == name).GetConstructors().Single();
        ParameterInfo[] parameters = constructor.GetParameters();
        object?[] arguments = [.. parameters.Select((parameter, position) => parameter.ParameterType switch
        {
            var type when type == typeof(Initializer) => new Constant(position),
            var type when type == typeof(Regularizer) => new NamedRegularizer(parameter.Name!),
            var type when type == typeof(Constraint) => new NamedConstraint(parameter.Name!),
            var type when parameter.HasDefaultValue => Type.Missing,
            var type when type == typeof(int) => 2,
            var type when type == typeof(Size2D) => (Size2D)2,
            _ => (object)(Size3D)2,
        })];
        var layer = (Convolution)constructor.Invoke(BindingFlags.OptionalParamBinding, null, arguments, null);
        int rank = int.Parse(name.Single(char.IsDigit).ToString(), System.Globalization.CultureInfo.InvariantCulture);
        IReadOnlyList<WeightSpec> specs = layer.GetWeights(new Shape([.. Enumerable.Repeat(4, rank), 3]));
        Assert.AreEqual(name.StartsWith("Separable", StringComparison.Ordinal) ? 3 : 2, specs.Count);
        foreach (WeightSpec spec in specs)
        {
            string prefix = spec.Name switch
            {
                "kernel" when name.StartsWith("Depthwise", StringComparison.Ordinal) => "depthwise",
                _ => spec.Name.Split('_')[0],
            };
            int position = Array.FindIndex(parameters, parameter => parameter.Name == $"{prefix}Initializer");
            Assert.AreEqual(new Constant(position), spec.Initializer, spec.Name);
            Assert.AreEqual(new NamedRegularizer($"{prefix}Regularizer"), spec.Regularizer, spec.Name);
            Assert.AreEqual(new NamedConstraint($"{prefix}Constraint"), spec.Constraint, spec.Name);
            Assert.IsTrue(spec.Trainable, spec.Name);
        }
    }

    private sealed record NamedRegularizer(string Name) : Regularizer
    {
        public override Tensor Penalty(Tensor input) => input.sum();
    }

    private sealed record NamedConstraint(string Name) : Constraint
    {
        public override Tensor Project(Tensor weight) => weight.abs();
    }
}
