using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace ScriptedTraining;

/// <summary>The commands and their options. Exit codes: 0 done, 1 an error that the message explains, 2 wrong usage.</summary>
internal static class CommandLine
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int Cancelled = 130;

    /// <summary>If set, an error that was not foreseen ends the program with its stack trace.</summary>
    private const string TraceVariable = "SCRIPTED_TRAINING_TRACE";

    private const string TrainExamples = """
        Examples:
          ScriptedTraining --data iris.csv --label Species --network networks/mlp.json --out iris.zip
          ScriptedTraining train --data iris.csv --label Species --network networks/mlp.json --out iris.zip --epochs 30 --batch-size 8 --learning-rate 0.01
          ScriptedTraining train --data houses.csv --separator ";" --label Price --ignore Id Street --network networks/mlp.json --out houses.zip --task regression
          ScriptedTraining train --data more.csv --label Species --initial-model iris.zip --out iris2.zip --epochs 10
        """;

    private const string PredictExamples = """
        Examples:
          ScriptedTraining predict --model iris.zip --data new.csv --out predictions.csv
          ScriptedTraining predict --model iris.zip --data new.csv | head
        """;

    private const string EvaluateExamples = """
        Example:
          ScriptedTraining evaluate --model iris.zip --data test.csv
        """;

    /// <summary>Runs the program.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        // Numbers are written 0.01 on the command line and in output, wherever the program runs.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        RootCommand root = Build(output, error);
        ParseResult result = root.Parse(args);
        // Not for --help and --version, which lack the required options.
        if (result.Action is ParseErrorAction)
        {
            foreach (string message in result.Errors.Select(problem => problem.Message).Distinct())
            {
                error.WriteLine($"error: {message}");
            }

            error.WriteLine("See --help.");
            return WrongUsage;
        }

        return await result.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
    }

    private static RootCommand Build(TextWriter output, TextWriter error)
    {
        var train = new TrainOptions();
        var root = new RootCommand(
            "Trains a neural network of your own on a CSV file and saves it as an ML.NET model zip. Without a command: train.");
        var trainCommand = new Command("train", "Trains a network on a CSV file, measures it on rows held out, and saves the model. The default command.");
        foreach (Command command in new[] { root, trainCommand })
        {
            train.AddTo(command);
            SetAction(command, (result, context) => train.Read(result).Run(context), output, error);
        }

        root.Add(trainCommand);
        root.Add(BuildPredict(output, error));
        root.Add(BuildEvaluate(output, error));
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static Command BuildPredict(TextWriter output, TextWriter error)
    {
        Option<string> model = CommonOptions.Model(), data = CommonOptions.Data("The CSV file with the rows to predict. It needs the columns of the training, but not the label.");
        Option<char> separator = CommonOptions.Separator();
        Option<bool> noHeader = CommonOptions.NoHeader();
        var outputPath = new Option<string?>("--out") { Description = "The CSV file to write: the rows with the predictions behind them. [default: the standard output]", HelpName = "predictions.csv" };
        var command = new Command("predict", "Predicts every row of a CSV file.") { model, data, outputPath, separator, noHeader };
        SetAction(command, (result, context) => new PredictCommand
        {
            ModelPath = result.GetRequiredValue(model),
            Data = new CsvFile(result.GetRequiredValue(data), result.GetValue(separator), !result.GetValue(noHeader)),
            OutputPath = result.GetValue(outputPath),
        }.Run(context), output, error);
        return command;
    }

    private static Command BuildEvaluate(TextWriter output, TextWriter error)
    {
        Option<string> model = CommonOptions.Model(), data = CommonOptions.Data("The CSV file with rows and their label.");
        Option<char> separator = CommonOptions.Separator();
        Option<bool> noHeader = CommonOptions.NoHeader();
        var command = new Command("evaluate", "Measures a model on a CSV file that has the label.") { model, data, separator, noHeader };
        SetAction(command, (result, context) => new EvaluateCommand
        {
            ModelPath = result.GetRequiredValue(model),
            Data = new CsvFile(result.GetRequiredValue(data), result.GetValue(separator), !result.GetValue(noHeader)),
        }.Run(context), output, error);
        return command;
    }

    private static void SetAction(Command command, Action<ParseResult, CommandContext> run, TextWriter output, TextWriter error) =>
        command.SetAction((result, cancellationToken) => Task.Run(() => Guard(() => run(result, new CommandContext(output, error, cancellationToken)), error)));

    /// <summary>Every error is one line. Damaged models and unusual tables may end in any exception of ML.NET and ONNX Runtime.</summary>
    private static int Guard(Action run, TextWriter error)
    {
        try
        {
            run();
            return 0;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Cancelled; nothing was written.");
            return Cancelled;
        }
        catch (Exception exception) when (exception is UserException or IOException or UnauthorizedAccessException)
        {
            return Fail(exception.Message);
        }
        catch (FormatException exception)
        {
            // From the loader, which reads while the data is used; what was wrong is inside.
            return Fail($"The data cannot be read: {exception.GetBaseException().Message}");
        }
        catch (Exception exception) when (Environment.GetEnvironmentVariable(TraceVariable) is null)
        {
            Exception cause = exception.GetBaseException();
            return Fail($"{cause.Message} ({cause.GetType().Name}; with {TraceVariable}=1 the program says where)");
        }

        int Fail(string message)
        {
            error.WriteLine($"error: {message.ReplaceLineEndings(" ")}");
            return Failed;
        }
    }

    /// <summary>Help that ends in examples of the command that it was asked about.</summary>
    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int result = help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(parseResult.CommandResult.Command.Name switch
            {
                "predict" => PredictExamples,
                "evaluate" => EvaluateExamples,
                _ => TrainExamples,
            });
            return result;
        }
    }
}
