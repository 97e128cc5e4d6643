using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Onnx.Quantization;

namespace Microsoft.ML.DeepLayers.Tests.Onnx;

/// <summary>Scales, steps, ranges and halves, against numbers worked out by hand or in plain C#.</summary>
[TestClass]
public sealed class QuantizationArithmeticTests
{
    [TestMethod]
    public void Each_channel_has_its_own_scale()
    {
        // Two units of a dense layer [features, units]: 0.5, -1.27, 0 and 254, 1, -3.
        float[] weights = [0.5f, 254, -1.27f, 1, 0, -3];
        QuantizedWeight quantized = QuantizedWeight.Quantize(weights, ChannelAxis.Along([3, 2], 1), perChannel: true, QuantizedWeight.Full);
        Assert.AreEqual(0.01, quantized.Scales[0], 1e-9);
        Assert.AreEqual(2, quantized.Scales[1]);
        // 0.5 and 1.5 are ties, and go to the even number.
        CollectionAssert.AreEqual(new sbyte[] { 50, 127, -127, 0, 0, -2 }, quantized.Values);
    }

    [TestMethod]
    public void A_tensor_may_have_one_scale_and_fewer_bits()
    {
        float[] weights = [0.5f, 254, -1.27f, 1, 0, -3];
        QuantizedWeight quantized = QuantizedWeight.Quantize(weights, ChannelAxis.Along([3, 2], 1), perChannel: false, QuantizedWeight.Reduced);
        CollectionAssert.AreEqual(new[] { 254 / 64f }, quantized.Scales);
        CollectionAssert.AreEqual(new sbyte[] { 0, 64, 0, 0, 0, -1 }, quantized.Values);
    }

    [TestMethod]
    public void No_weight_is_off_by_more_than_half_a_step()
    {
        var random = new Random(1);
        float[] weights = [.. Enumerable.Range(0, 3 * 4 * 5).Select(_ => random.NextSingle() - 0.5f)];
        foreach (int axis in new[] { 0, 1, 2 })
        {
            int[] lengths = [3, 4, 5];
            QuantizedWeight quantized = QuantizedWeight.Quantize(weights, ChannelAxis.Along([3, 4, 5], axis), perChannel: true, QuantizedWeight.Full);
            Assert.HasCount(lengths[axis], quantized.Scales);
            for (int i = 0; i < weights.Length; i++)
            {
                int channel = axis switch { 0 => i / 20, 1 => i / 5 % 4, _ => i % 5 };
                float largest = weights.Where((_, k) => (axis switch { 0 => k / 20, 1 => k / 5 % 4, _ => k % 5 }) == channel).Max(Math.Abs);
                Assert.AreEqual(largest / 127, quantized.Scales[channel]);
                Assert.AreEqual(weights[i], quantized.Values[i] * quantized.Scales[channel], (largest / 127 / 2) + 1e-7);
            }
        }
    }

    [TestMethod]
    public void Zeros_and_the_smallest_numbers_have_a_scale_that_divides()
    {
        QuantizedWeight quantized = QuantizedWeight.Quantize([0, 1e-44f, 0, 1], ChannelAxis.Along([2, 2], 0), perChannel: true, QuantizedWeight.Full);
        CollectionAssert.AreEqual(new[] { 1, 1 / 127f }, quantized.Scales);
        CollectionAssert.AreEqual(new sbyte[] { 0, 0, 0, 127 }, quantized.Values);
    }

    [TestMethod]
    public void A_range_contains_zero_and_meets_it()
    {
        AssertNumbers(new ValueRange(-1, 1.55f), 2.55f / 255, 100);
        AssertNumbers(new ValueRange(0.5f, 5.1f), 5.1f / 255, 0);
        AssertNumbers(new ValueRange(-5.1f, -1), 5.1f / 255, 255);
        AssertNumbers(new ValueRange(0, 0), 1, 0);
        AssertNumbers(ValueRange.Empty, 1, 0);
        AssertNumbers(new ValueRange(-float.MaxValue, float.MaxValue), (float)(2.0 * float.MaxValue / 255), 128);
        static void AssertNumbers(ValueRange range, float scale, byte zeroPoint)
        {
            (float Scale, byte ZeroPoint) actual = range.ToUInt8();
            Assert.AreEqual(scale, actual.Scale, 1e-6 * scale);
            Assert.AreEqual(zeroPoint, actual.ZeroPoint);
        }
    }

    [TestMethod]
    public void Ranges_are_cut_at_both_ends()
    {
        var meter = new RangeMeter();
        // 10,000 numbers evenly from 0 to 1, and two far away.
        float[] numbers = [.. Enumerable.Range(0, 10_000).Select(i => i / 9_999f), -100, 100];
        meter.Widen([float.NaN, float.PositiveInfinity, .. numbers]);
        Assert.AreEqual(new ValueRange(-100, 100), meter.Whole);
        Assert.AreEqual(new ValueRange(-100, 100), meter.Percentile(99));
        meter.Count([float.NaN, .. numbers]);
        double width = 200.0 / RangeMeter.BinCount;
        ValueRange range = meter.Percentile(90);
        // Half of a tenth at each end, to the bin.
        Assert.AreEqual(0.05, range.Min, width);
        Assert.AreEqual(0.95, range.Max, width);
        range = meter.Percentile(99.98);
        Assert.AreEqual(0, range.Min, width, "one of ten thousand");
        Assert.AreEqual(1, range.Max, width);
    }

    [TestMethod]
    public void Halves_are_rounded_clamped_and_never_0_by_themselves()
    {
        Assert.AreEqual((Half)1.0009765625f, Tensors.ToHalf(1.001f));
        Assert.AreEqual(Half.MaxValue, Tensors.ToHalf(65519.9f));
        Assert.AreEqual(Half.MaxValue, Tensors.ToHalf(1e30f));
        Assert.AreEqual(Half.MinValue, Tensors.ToHalf(-65520));
        Assert.AreEqual(Half.NegativeInfinity, Tensors.ToHalf(float.NegativeInfinity));
        Assert.AreEqual(Half.Epsilon, Tensors.ToHalf(1e-12f));
        Assert.AreEqual(-Half.Epsilon, Tensors.ToHalf(-1e-12f));
        Assert.AreEqual(Half.Zero, Tensors.ToHalf(0));
        Assert.IsTrue(Half.IsNaN(Tensors.ToHalf(float.NaN)));
        TensorProto half = Tensors.ToHalf(Tensors.Floats("x", [1, -2, 0.5f, 7], 2, 2), "y");
        Assert.AreEqual(8, half.RawData.Length);
        Assert.AreEqual(new Shape(2, 2), OnnxWeights.ShapeOf(half));
    }
}
