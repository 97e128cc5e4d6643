using System.Diagnostics;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A training whose process is killed again and again, and started again.</summary>
[TestClass]
public sealed class KillAndResumeTests
{
    private const int Kills = 20;

    public required TestContext TestContext { get; init; }

    /// <summary>
    /// SIGKILL gives no time to clean up. The random moments fall before training, into steps, validation and the writing of
    /// checkpoints; where a training ends before it is killed, the next one begins.
    /// </summary>
    [TestMethod]
    public void Killed_at_random_moments_and_resumed_it_ends_as_if_nothing_had_been()
    {
        using var folder = new TemporaryFolder();
        (string backup, string final) = (folder["backup.safetensors"], folder["final.safetensors"]);
        Assert.IsTrue(Live(folder["whole-backup.safetensors"], folder["whole.safetensors"], Timeout.InfiniteTimeSpan));
        byte[] expected = File.ReadAllBytes(folder["whole.safetensors"]);
        var random = new Random(5);
        int kills = 0, taken = 0, runs = 0;
        while (kills < Kills || runs == 0)
        {
            taken += File.Exists(backup) ? 1 : 0;
            if (!Live(backup, final, TimeSpan.FromMilliseconds(random.Next(500, 3000))))
            {
                kills++;
                if (File.Exists(backup))
                {
                    // Never half of one: it must load.
                    Assert.IsNotEmpty(NetworkWeights.LoadCheckpoint(backup));
                }

                continue;
            }

            runs++;
            CollectionAssert.AreEqual(expected, File.ReadAllBytes(final), $"training {runs}, killed {kills} times so far");
            Assert.IsFalse(File.Exists(backup));
            File.Delete(final);
        }

        TestContext.WriteLine($"{kills} kills, {taken} times taken up, {runs} trainings to their end");
        Assert.IsGreaterThan(Kills / 3, taken);
    }

    /// <summary>A model that is saved when the process is killed: the file is the earlier model or the new one.</summary>
    [TestMethod]
    public void Killed_while_it_saves_a_model_a_process_leaves_a_whole_one()
    {
        using var folder = new TemporaryFolder();
        string zip = folder["model.zip"];
        var random = new Random(6);
        for (int kill = 0; kill < 4; kill++)
        {
            using Process process = StartHost("save", zip);
            for (int saved = 0; saved < 3; saved++)
            {
                Assert.AreEqual("saved", process.StandardOutput.ReadLine());
            }

            Thread.Sleep(random.Next(40));
            process.Kill();
            process.WaitForExit();
            Assert.IsInstanceOfType<NeuralNetworkTransformer>(new MLContext().Model.Load(zip, out _));
        }

        // The next one that saves clears away what the killed ones left.
        using Process last = StartHost("save", zip);
        Assert.AreEqual("saved", last.StandardOutput.ReadLine());
        last.Kill();
        last.WaitForExit();
        Assert.IsTrue(Directory.GetFiles(folder[""]).Length <= 2, string.Join(", ", Directory.GetFiles(folder[""])));
    }

    private static Process StartHost(params string[] arguments)
    {
        string host = Path.Combine(AppContext.BaseDirectory.Replace("Microsoft.ML.DeepLayers.Tests", "CheckpointHost", StringComparison.Ordinal), "CheckpointHost.dll");
        return Process.Start(new ProcessStartInfo("dotnet", ["exec", host, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Runs the process; whether it came to its end before it was killed.</summary>
    private static bool Live(string backup, string final, TimeSpan life)
    {
        using Process process = StartHost(backup, final);
        Task<string> error = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(life);
        if (!ended)
        {
            process.Kill();
            process.WaitForExit();
            return false;
        }

        Assert.AreEqual(0, process.ExitCode, error.Result);
        return true;
    }
}
