using System.Text.Json;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

[TestClass]
public sealed class HistoryJsonTests
{
    [TestMethod]
    public void A_history_comes_back_to_the_last_bit()
    {
        double[] values = [1 / 3.0, double.Epsilon, double.MaxValue, -0.0, double.NaN, double.NegativeInfinity];
        var metrics = values.Select((value, i) => ($"z{9 - i}", value)).ToDictionary(pair => pair.Item1, pair => pair.value);
        History read = HistoryJson.Read(HistoryJson.Write(new History([new EpochResult(1, metrics, 1e-7, 0.1)])));
        EpochResult epoch = Assert.ContainsSingle(read.Epochs);
        CollectionAssert.AreEqual(metrics.Keys, epoch.Metrics.Keys.ToArray(), "The order is kept.");
        CollectionAssert.AreEqual(
            values.Select(BitConverter.DoubleToInt64Bits).ToArray(), epoch.Metrics.Values.Select(BitConverter.DoubleToInt64Bits).ToArray());
        Assert.AreEqual((1, 1e-7, 0.1), (epoch.Epoch, epoch.LearningRate, epoch.Seconds));
        Assert.IsNull(read.BestEpoch);
    }

    [TestMethod]
    public void An_empty_history_comes_back() => Assert.IsEmpty(HistoryJson.Read(HistoryJson.Write(new History([], bestEpoch: 3))).Epochs);

    [TestMethod]
    [DataRow(""), DataRow("null"), DataRow("{}"), DataRow("[]"), DataRow("""{ "epochs": 3 }""")]
    public void Something_else_is_refused(string json) => Assert.Throws<JsonException>(() => HistoryJson.Read(json));
}
