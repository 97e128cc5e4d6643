using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>The number of threads is one thread's own affair.</summary>
[TestClass]
public sealed class OpenMPTests
{
    [TestMethod]
    public void A_limit_holds_for_its_thread_until_it_is_disposed()
    {
        LibTorch.EnsureLoaded();
        int before = torch.get_num_threads();
        if (before == 1)
        {
            Assert.Inconclusive("There is one thread to begin with.");
        }

        int elsewhere = 0;
        using (OpenMP.Limit(1))
        {
            Assert.AreEqual(1, torch.get_num_threads());
            var other = new Thread(() => elsewhere = torch.get_num_threads());
            other.Start();
            other.Join();
        }

        Assert.AreEqual(before, elsewhere);
        Assert.AreEqual(before, torch.get_num_threads());
    }

    [TestMethod]
    public void A_limit_above_the_number_of_threads_changes_nothing()
    {
        LibTorch.EnsureLoaded();
        int before = torch.get_num_threads();
        using (OpenMP.Limit(before + 7))
        {
            Assert.AreEqual(before, torch.get_num_threads());
        }

        Assert.AreEqual(before, torch.get_num_threads());
    }
}
