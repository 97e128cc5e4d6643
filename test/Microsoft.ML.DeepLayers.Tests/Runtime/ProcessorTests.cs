using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

[TestClass]
public sealed class ProcessorTests
{
    [TestMethod]
    public void Threads_of_one_core_count_once()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            Assert.AreEqual(0, Processor.CountCores(folder.FullName), "Nothing is described.");
            foreach ((int processor, string siblings) in ((int, string)[])[(0, "0,4"), (1, "1,5"), (2, "2"), (4, "0,4"), (5, "1,5")])
            {
                DirectoryInfo topology = folder.CreateSubdirectory($"cpu{processor}/topology");
                File.WriteAllText(Path.Combine(topology.FullName, "thread_siblings_list"), siblings + "\n");
            }

            folder.CreateSubdirectory("cpufreq");
            folder.CreateSubdirectory("cpu7");
            Assert.AreEqual(3, Processor.CountCores(folder.FullName), "Two of two threads, one of one; the seventh is off.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.AreEqual(0, Processor.CountCores(folder.FullName), "No such folder.");
    }

    [TestMethod]
    public void No_more_cores_than_the_process_may_use()
    {
        if (OperatingSystem.IsLinux() && Processor.Cores is { } cores)
        {
            Assert.IsInRange(1, Environment.ProcessorCount, cores);
        }
    }
}
