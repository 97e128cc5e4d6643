using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Tests.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Modules;

/// <summary>Models with modules in processes that have only the zip, and with it the code of the module, or not.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ModuleFreshProcessTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Another_process_that_registers_the_module_scores_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Data(folder);
        int i = 0;
        foreach (Network network in new[] { ModuleTests.Tower, ModuleTests.Sequence })
        {
            // A binary loader keeps its file open, so each round writes another.
            string scored = folder[$"scored{i++}.idv"];
            ITransformer model = ModuleTests.Regression(ml, network, epochs: 2).Fit(data);
            ml.Model.Save(model, data.Schema, folder["model.zip"]);
            (int exit, string output) = Run("ModuleHost", "score", folder["model.zip"], folder["data.idv"], scored);
            Assert.AreEqual(0, exit, output);
            CollectionAssert.AreEqual(
                model.Transform(data).GetColumn<float>("Score").Select(BitConverter.SingleToInt32Bits).ToArray(),
                ml.Data.LoadFromBinary(scored).GetColumn<float>("Score").Select(BitConverter.SingleToInt32Bits).ToArray());
        }
    }

    [TestMethod]
    public void Another_process_that_forgot_to_register_it_is_told_how()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Data(folder);
        ml.Model.Save(ModuleTests.Regression(ml, ModuleTests.Tower, epochs: 1).Fit(data), data.Schema, folder["model.zip"]);
        (int exit, string output) = Run("ModuleHost", "forgotten", folder["model.zip"], folder["data.idv"]);
        Assert.AreEqual(0, exit, output);
        StringAssert.Contains(output, "Network.RegisterModule(\"tests/tower\", () => new MyModule());");
        StringAssert.Contains(output, "Registered are: 'another'");
    }

    [TestMethod]
    public void A_process_without_libtorch_is_told_what_it_needs()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Data(folder);
        ml.Model.Save(ModuleTests.Regression(ml, ModuleTests.Tower, epochs: 1).Fit(data), data.Schema, folder["model.zip"]);
        (int exit, string output) = Run("ScoringHost", "score", folder["model.zip"], folder["data.idv"], folder["scored.idv"]);
        Assert.AreNotEqual(0, exit);
        StringAssert.Contains(output, "LibTorchNotFoundException");
        StringAssert.Contains(output, "TorchSharp-cpu");
    }

    private IDataView Data(TemporaryFolder folder)
    {
        IDataView data = TrainerData.View(ml, 100);
        using FileStream stream = File.Create(folder["data.idv"]);
        ml.Data.SaveAsBinary(data, stream);
        return data;
    }

    private static (int Exit, string Output) Run(string host, params string[] arguments)
    {
        // The hosts are built beside the tests, in the same configuration.
        string path = Path.Combine(AppContext.BaseDirectory.Replace("Microsoft.ML.DeepLayers.Tests", host, StringComparison.Ordinal), $"{host}.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, $"{output}\n{error.Result}");
    }
}
