using System.Reflection;
using System.Runtime.Loader;
using Microsoft.ML.DeepLayers.Tests.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

/// <summary>Versions of the package meet: in a zip from another one, and in one process.</summary>
[TestClass]
public sealed class SideBySideTests
{
    [TestMethod]
    public void The_assembly_version_that_zips_name_stays_frozen() =>
        Assert.AreEqual(new Version(1, 0, 0, 0), typeof(NeuralNetworkTransformer).Assembly.GetName().Version);

    [TestMethod]
    public void A_second_copy_of_the_package_in_the_process_does_not_keep_models_from_loading()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 64);
        NeuralNetworkTransformer model = TrainerPipelines.Regression(ml, epochs: 1).Fit(data);
        ml.Model.Save(model, data.Schema, folder["model.zip"]);

        var context = new AssemblyLoadContext("another version", isCollectible: true);
        try
        {
            Assembly copy = context.LoadFromAssemblyPath(typeof(NeuralNetworkTransformer).Assembly.Location);
            Assert.AreNotSame(typeof(NeuralNetworkTransformer).Assembly, copy);
            ITransformer loaded = new MLContext().Model.Load(folder["model.zip"], out _);
            Assert.IsInstanceOfType<NeuralNetworkTransformer>(loaded);
            CollectionAssert.AreEqual(
                TrainerPipelines.Scores(ml, model, data).Select(score => score[0]).ToArray(),
                TrainerPipelines.Scores(ml, loaded, data).Select(score => score[0]).ToArray());
        }
        finally
        {
            context.Unload();
        }
    }
}
