using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>What recurrent layers hand on for their weights.</summary>
[TestClass]
public sealed class RecurrentWeightTests
{
    [TestMethod]
    public void Regularizers_and_constraints_belong_to_their_weights()
    {
        (Times kernel, Times recurrent, Times bias) = (new(1), new(2), new(3));
        (Fill ofKernel, Fill ofRecurrent, Fill ofBias) = (new(1), new(2), new(3));
        (Layer Layer, Shape[] Inputs)[] layers =
        [
            (new SimpleRNN(2, null, true, null, null, null, kernel, recurrent, bias, ofKernel, ofRecurrent, ofBias), [new Shape(4, 3)]),
            (new LSTM(2, null, null, true, null, null, null, true, kernel, recurrent, bias, ofKernel, ofRecurrent, ofBias), [new Shape(4, 3)]),
            (new GRU(2, null, null, true, null, null, null, kernel, recurrent, bias, ofKernel, ofRecurrent, ofBias), [new Shape(4, 3)]),
            (new GRUCell(2, null, null, true, null, null, null, kernel, recurrent, bias, ofKernel, ofRecurrent, ofBias), [new Shape(3), new Shape(2)]),
            (new ConvLSTM2D(2, 1, default, Padding.Valid, default, null, null, true, null, null, null, true, kernel, recurrent, bias, ofKernel, ofRecurrent, ofBias),
                [new Shape(4, 2, 2, 1)]),
        ];
        foreach ((Layer layer, Shape[] inputs) in layers)
        {
            foreach (WeightSpec spec in layer.GetWeights(inputs))
            {
                (Times regularizer, Fill constraint) = spec.Name switch
                {
                    "kernel" => (kernel, ofKernel),
                    "recurrent_kernel" => (recurrent, ofRecurrent),
                    _ => (bias, ofBias),
                };
                using var scope = NewDisposeScope();
                Tensor weight = ones([.. spec.Shape.Select(length => (long)length)]);
                string what = $"{layer.GetType().Name}, {spec.Name}";
                Assert.AreEqual(weight.numel() * regularizer.Factor, spec.Regularizer!.Penalty(weight).item<float>(), what);
                Assert.AreEqual(constraint.Value, spec.Constraint!.Project(weight).max().item<float>(), what);
            }
        }
    }

    /// <summary>Keras stores a kernel of matrices as [inputs, outputs], one of windows as [...positions, inputs, outputs]; so do they see it.</summary>
    [TestMethod]
    public void Regularizers_and_constraints_see_kernels_in_the_order_of_keras()
    {
        using var scope = NewDisposeScope();
        WeightSpec matrix = new LSTM(1, kernelRegularizer: new ShapeAsNumber(), kernelConstraint: new WithoutFirst()).GetWeights([new Shape(4, 3)])[0];
        Assert.AreEqual(34, matrix.Penalty(ones(4, 3)).item<double>());
        Tensor projected = matrix.Project(ones(4, 3));
        CollectionAssert.AreEqual(new double[] { 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1 }, Values.From(projected).Data);

        WeightSpec windows = new ConvLSTM2D(1, (3, 2), recurrentRegularizer: new ShapeAsNumber(), recurrentConstraint: new WithoutFirst()).GetWeights([new Shape(5, 5, 5, 2)])[1];
        Assert.AreEqual(3214, windows.Penalty(ones(4, 1, 3, 2)).item<double>());
        projected = windows.Project(ones(4, 1, 3, 2));
        CollectionAssert.AreEqual(new long[] { 4, 1, 3, 2 }, projected.shape);
        CollectionAssert.AreEqual(new double[] { 0, 0, 1, 1, 1, 1 }, Values.From(projected).Data[..6]);
    }

    private sealed record Times(int Factor) : Regularizer
    {
        public override Tensor Penalty(Tensor input) => input.sum() * Factor;
    }

    private sealed record Fill(int Value) : Constraint
    {
        public override Tensor Project(Tensor weight) => full_like(weight, Value);
    }

    private sealed record ShapeAsNumber : Regularizer
    {
        public override Tensor Penalty(Tensor input) => tensor(input.shape.Aggregate(0.0, (number, length) => (10 * number) + length));
    }

    private sealed record WithoutFirst : Constraint
    {
        public override Tensor Project(Tensor weight)
        {
            Tensor projected = weight.clone();
            projected[0] = zeros_like(projected[0]);
            return projected;
        }
    }
}
