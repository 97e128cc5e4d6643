namespace ScriptedTraining.Tests;

[TestClass]
public sealed class HelpTests
{
    private static readonly string[] s_trainOptions =
    [
        "--data <file.csv> (REQUIRED)", "--label <Column> (REQUIRED)", "--network <network.json>", "--out <model.zip> (REQUIRED)",
        "--task <task>", "--epochs <n>", "--batch-size <n>", "--learning-rate <x>", "--validation-fraction <x>", "--test-fraction <x>",
        "--seed <n>", "--ignore <Column...>", "--separator <", "--no-header", "--initial-model <old.zip>",
        "[default: auto]", "[default: 50]", "[default: 32]", "[default: 0.001]", "[default: 0]", "[default: 0.2]", "[default: 1]", "[default: ,]",
        "ScriptedTraining --data iris.csv --label Species --network networks/mlp.json --out iris.zip",
    ];

    [TestMethod]
    public async Task TheProgramsHelpHasTheOptionsOfTrainAndTheCommands() =>
        await HelpContains(["--help"], [.. s_trainOptions, "  train     ", "  predict   ", "  evaluate  "]);

    [TestMethod]
    public async Task TrainHasItsOptions() => await HelpContains(["train", "-h"], s_trainOptions);

    [TestMethod]
    public async Task PredictHasItsOptions() => await HelpContains(
        ["predict", "--help"],
        ["--model <model.zip> (REQUIRED)", "--data <file.csv> (REQUIRED)", "--out <predictions.csv>", "[default: the standard output]", "--separator <", "--no-header", "ScriptedTraining predict --model iris.zip"]);

    [TestMethod]
    public async Task EvaluateHasItsOptions() => await HelpContains(
        ["evaluate", "-?"],
        ["--model <model.zip> (REQUIRED)", "--data <file.csv> (REQUIRED)", "--separator <", "--no-header", "ScriptedTraining evaluate --model iris.zip"]);

    private static async Task HelpContains(string[] arguments, string[] parts)
    {
        CommandRun run = await CommandRun.Succeeding(arguments);

        foreach (string part in parts)
        {
            StringAssert.Contains(run.Output, part);
        }

        Assert.AreEqual("", run.Error);
    }
}
