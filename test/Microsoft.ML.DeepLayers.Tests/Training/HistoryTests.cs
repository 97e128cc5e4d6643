namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class HistoryTests
{
    private static readonly History History = new(
        [
            new EpochResult(1, new Dictionary<string, double> { ["loss"] = 1234.5, ["accuracy"] = 0.25 }, 0.001, 0.5),
            new EpochResult(2, new Dictionary<string, double> { ["loss"] = 0.00004, ["accuracy"] = 0.75, ["val_loss"] = 2 }, 0.001, 61.239),
        ],
        2);

    [TestMethod]
    public void A_metric_has_a_value_for_each_epoch_that_measured_it()
    {
        CollectionAssert.AreEqual(new[] { 1234.5, 0.00004 }, History["loss"].ToArray());
        CollectionAssert.AreEqual(new[] { 2.0 }, History["val_loss"].ToArray());
        Assert.IsEmpty(History["mae"]);
        Assert.AreEqual(2, History.BestEpoch);
        Assert.IsNull(new History([]).BestEpoch);
    }

    [TestMethod]
    [DataRow("en-US")]
    [DataRow("de-DE")]
    [DataRow("ar-SA")]
    public void It_prints_a_line_an_epoch_alike_in_every_country(string culture) => Assert.AreEqual(
        "epoch 1 - loss: 1234.5000 - accuracy: 0.2500 - 0.50 s\nepoch 2 - loss: 4.0000e-05 - accuracy: 0.7500 - val_loss: 2.0000 - 61.24 s",
        Culture.Run(culture, History.ToString));
}
