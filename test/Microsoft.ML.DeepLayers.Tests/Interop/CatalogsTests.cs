using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Tests.Interop;

[TestClass]
public sealed class CatalogsTests
{
    [TestMethod]
    public void A_catalog_and_its_trainers_lead_to_the_environment()
    {
        var ml = new MLContext(seed: 11);
        foreach (object catalog in new object[]
        {
            ml.BinaryClassification, ml.BinaryClassification.Trainers, ml.MulticlassClassification, ml.MulticlassClassification.Trainers,
            ml.Regression, ml.Regression.Trainers, ml.Ranking.Trainers, ml.Forecasting, ml.Transforms, ml.Data,
        })
        {
            Assert.AreEqual(11, HostEnvironments.GetSeed(Catalogs.GetEnvironment(catalog)), $"{catalog.GetType()}");
        }
    }

    [TestMethod]
    public void Something_else_does_not() =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Catalogs.GetEnvironment("text")).Message, "System.String");
}
