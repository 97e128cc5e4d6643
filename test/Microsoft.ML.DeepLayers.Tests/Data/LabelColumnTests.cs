using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class LabelColumnTests
{
    [TestMethod]
    [DataRow(0f, 0f)]
    [DataRow(-3.5f, -3.5f)]
    [DataRow(float.NaN, float.NaN)]
    [DataRow(float.PositiveInfinity, float.PositiveInfinity)]
    public void A_number_is_its_own_target(float raw, float target) => AssertTarget(LabelEncoding.Number, false, raw, target);

    [TestMethod]
    [DataRow(0f, 0f)]
    [DataRow(1f, 1f)]
    [DataRow(-1f, 0f)]
    [DataRow(0.25f, 1f)]
    [DataRow(float.NaN, float.NaN)]
    public void A_flag_is_true_above_0(float raw, float target) => AssertTarget(LabelEncoding.Boolean, false, raw, target);

    [TestMethod]
    [DataRow(0f, float.NaN)]
    [DataRow(1f, 0f)]
    [DataRow(2f, 1f)]
    public void A_key_of_two_is_false_then_true_and_0_is_missing(float raw, float target) => AssertTarget(LabelEncoding.Boolean, true, raw, target);

    [TestMethod]
    [DataRow(0f, float.NaN)]
    [DataRow(1f, 0f)]
    [DataRow(10f, 9f)]
    public void A_key_is_the_class_from_0_and_0_is_missing(float raw, float target) => AssertTarget(LabelEncoding.ClassIndex, true, raw, target);

    private static void AssertTarget(LabelEncoding encoding, bool isKey, float raw, float target) =>
        Assert.AreEqual(target, new LabelColumn("Label", encoding, isKey).Target(raw));
}
