using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>The number of threads is one thread's own affair.</summary>
[TestClass]
public sealed class OpenMPTests
{
    /// <summary>The tests have one thread each; this one takes more for a moment, alone.</summary>
    [TestMethod]
    [DoNotParallelize]
    public void A_limit_holds_for_its_thread_until_it_is_disposed()
    {
        LibTorch.EnsureLoaded();
        int usual = torch.get_num_threads();
        var seen = new List<int>();
        var thread = new Thread(() =>
        {
            torch.set_num_threads(3);
            using (OpenMP.Limit(2))
            {
                seen.Add(torch.get_num_threads());
                var other = new Thread(() => seen.Add(torch.get_num_threads()));
                other.Start();
                other.Join();
            }

            seen.Add(torch.get_num_threads());
            torch.set_num_threads(usual);
        });
        thread.Start();
        thread.Join();
        CollectionAssert.AreEqual(new[] { 2, 3, 3 }, seen);
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
