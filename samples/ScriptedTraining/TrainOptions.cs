using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace ScriptedTraining;

/// <summary>The options of the train command, which is also the root's.</summary>
internal sealed class TrainOptions
{
    private readonly Option<string> data = CommonOptions.Data("The CSV file to learn from.");
    private readonly Option<string> label = new("--label") { Description = "The column to predict.", Required = true, HelpName = "Column" };
    private readonly Option<string?> network = new("--network")
    {
        Description = "The network's definition as JSON, without the output layer, which the task adds. Required unless --initial-model is given, whose network is the default then.",
        HelpName = "network.json",
    };

    private readonly Option<string> output = new("--out") { Description = "The model zip to write.", Required = true, HelpName = "model.zip" };
    private readonly Option<TabularTask?> task = new("--task")
    {
        Description = "What to predict: auto, binary, multiclass or regression. auto: text, or few whole numbers, are classes (two of them: binary, the last in order being the positive one); other numbers are a regression. [default: auto]",
        HelpName = "task",
        CustomParser = ParseTask,
    };

    private readonly Option<int> epochs = Number("--epochs", "n", "How often training goes through the data.", 50, value => value >= 1, "a whole number of at least 1");
    private readonly Option<int> batchSize = Number("--batch-size", "n", "The number of rows of a step.", 32, value => value >= 1, "a whole number of at least 1");
    private readonly Option<float> learningRate = Number("--learning-rate", "x", "The size of the optimizer's (Adam's) steps.", 0.001f, value => value > 0 && float.IsFinite(value), "a number above 0");
    private readonly Option<float> validationFraction = Number(
        "--validation-fraction", "x", "The part of the training rows that every epoch is measured on instead of learned from.", 0f, IsFraction, "at least 0 and below 1");

    private readonly Option<float> testFraction = Number(
        "--test-fraction", "x", "The part of all rows that is held out to measure the finished model; 0 for none.", 0.2f, IsFraction, "at least 0 and below 1");

    private readonly Option<int> seed = Number("--seed", "n", "Decides which rows are held out, first weights and order. The same seed gives the same model.", 1, _ => true, "a whole number");
    private readonly Option<string[]> ignored = new("--ignore") { Description = "Columns not to learn from.", HelpName = "Column...", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> initialModel = new("--initial-model") { Description = "A model zip of this program to train further. Columns and classes stay those of the model.", HelpName = "old.zip" };
    private readonly Option<char> separator = CommonOptions.Separator();
    private readonly Option<bool> noHeader = CommonOptions.NoHeader();

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
            { data, label, network, output, task, epochs, batchSize, learningRate, validationFraction, testFraction, seed, ignored, separator, noHeader, initialModel })
        {
            command.Add(option);
        }

        command.Validators.Add(CheckRequired);
    }

    public TrainCommand Read(ParseResult result) => new()
    {
        Data = new CsvFile(result.GetRequiredValue(data), result.GetValue(separator), !result.GetValue(noHeader)),
        Label = result.GetRequiredValue(label),
        NetworkPath = result.GetValue(network),
        OutputPath = result.GetRequiredValue(output),
        Task = result.GetValue(task),
        Ignored = result.GetValue(ignored) ?? [],
        Epochs = result.GetValue(epochs),
        BatchSize = result.GetValue(batchSize),
        LearningRate = result.GetValue(learningRate),
        ValidationFraction = result.GetValue(validationFraction),
        TestFraction = result.GetValue(testFraction),
        Seed = result.GetValue(seed),
        InitialModelPath = result.GetValue(initialModel),
    };

    /// <summary>All that is missing at once; the parser's own check is left out where another one has failed.</summary>
    private void CheckRequired(CommandResult result)
    {
        Option[] required = result.GetResult(initialModel) is null ? [data, label, network, output] : [data, label, output];
        foreach (Option option in required.Where(option => result.GetResult(option) is null))
        {
            result.AddError($"Option '{option.Name}' is required.");
        }

        if (result.GetResult(initialModel) is not null && result.GetResult(ignored) is not null)
        {
            result.AddError("With '--initial-model' the columns are the model's: leave '--ignore' out.");
        }
    }

    private static TabularTask? ParseTask(ArgumentResult result)
    {
        string value = result.Tokens[0].Value;
        // By name: Enum.TryParse would take 1, too.
        string? known = Enum.GetNames<TabularTask>().FirstOrDefault(name => name.Equals(value, StringComparison.OrdinalIgnoreCase));
        if (known is null && !value.Equals("auto", StringComparison.OrdinalIgnoreCase))
        {
            result.AddError($"Option '--task' is auto, binary, multiclass or regression, not '{value}'.");
        }

        return known is null ? null : Enum.Parse<TabularTask>(known);
    }

    private static bool IsFraction(float value) => value is >= 0 and < 1;

    private static Option<T> Number<T>(string name, string helpName, string description, T defaultValue, Func<T, bool> isValid, string rule)
        where T : INumber<T> => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T? value) || !isValid(value))
                {
                    result.AddError($"Option '{name}' must be {rule}, not '{text}'.");
                }

                return value;
            },
        };
}
