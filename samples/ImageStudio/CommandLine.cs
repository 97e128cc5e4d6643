using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using ImageStudio.Serving;
using ImageStudio.Training;
using Microsoft.ML.DeepLayers;
using ScriptedTraining;

namespace ImageStudio;

/// <summary>The commands and their options. Exit codes: 0 done, 1 an error that the message explains, 2 wrong usage.</summary>
internal static class CommandLine
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int Cancelled = 130;

    /// <summary>Runs the program.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        // Numbers are written 0.01 on the command line and in output, wherever the program runs.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        ParseResult result = Build(output, error).Parse(args);
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

    private static RootCommand Build(TextWriter output, TextWriter error) => new("Learns the classes of images from folders, and shows in the browser what it has learned.")
    {
        BuildRender(output, error),
        BuildTrain(output, error),
        BuildServe(output, error),
    };

    private static Command BuildRender(TextWriter output, TextWriter error)
    {
        var theme = new Option<string>("--theme") { Description = "What is drawn.", DefaultValueFactory = _ => RenderCommand.Themes.First() };
        theme.AcceptOnlyFromAmong([.. RenderCommand.Themes]);
        var folder = new Option<string>("--out") { Description = "The folder to make, with a folder for each class.", Required = true, HelpName = "folder" };
        Option<int> count = NumberOption.Create("--images-per-class", "n", "The number of images of each class.", 150, value => value is >= 1 and <= 10_000, "a whole number from 1 to 10000");
        Option<int> size = NumberOption.Create("--size", "n", "The number of pixels a side.", 96, value => value is >= 8 and <= 4096, "a whole number from 8 to 4096");
        Option<int> seed = NumberOption.Create("--seed", "n", "Decides all that is random; another one gives other images.", 1, _ => true, "a whole number");
        var command = new Command("render", "Draws a folder of images to try the program with.") { theme, folder, count, size, seed };
        SetAction(command, (result, context) => Task.Run(() => new RenderCommand
        {
            Theme = result.GetRequiredValue(theme),
            OutputFolder = result.GetRequiredValue(folder),
            ImagesPerClass = result.GetValue(count),
            Size = result.GetValue(size),
            Seed = result.GetValue(seed),
        }.Run(context)), output, error);
        return command;
    }

    private static Command BuildTrain(TextWriter output, TextWriter error)
    {
        var options = new TrainOptions();
        var command = new Command("train", "Trains a network on a folder of images, measures it on images held out, and saves an ML.NET model zip.");
        options.AddTo(command);
        SetAction(command, (result, context) => Task.Run(() => options.Read(result).Run(context)), output, error);
        return command;
    }

    private static Command BuildServe(TextWriter output, TextWriter error)
    {
        var model = new Option<string>("--model") { Description = "The model zip.", Required = true, HelpName = "model.zip" };
        Option<int> port = NumberOption.Create("--port", "n", "The port on 127.0.0.1; 0 takes any free one.", 0, value => value is >= 0 and <= 65535, "a whole number from 0 to 65535");
        var command = new Command("serve", "Shows a page on which images are dropped, and what the model sees in them. Only this computer can open it.") { model, port };
        SetAction(command, (result, context) => new ServeCommand { ModelPath = result.GetRequiredValue(model), Port = result.GetValue(port) }.RunAsync(context), output, error);
        return command;
    }

    private static void SetAction(Command command, Func<ParseResult, CommandContext, Task> run, TextWriter output, TextWriter error) =>
        command.SetAction((result, cancellationToken) => Guard(() => run(result, new CommandContext(output, error, cancellationToken)), error));

    /// <summary>What the user can put right is one line; anything else is a bug, whose stack trace is wanted.</summary>
    private static async Task<int> Guard(Func<Task> run, TextWriter error)
    {
        try
        {
            await run();
            return 0;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Cancelled; nothing was written.");
            return Cancelled;
        }
        catch (ImageLoadException exception)
        {
            return Fail($"The image {exception.Image} cannot be loaded: {exception.Reason}. Repair or remove it, or leave such images out by --skip-unreadable.");
        }
        catch (Exception exception) when (exception is UserException or IOException or UnauthorizedAccessException)
        {
            return Fail(exception.Message);
        }

        int Fail(string message)
        {
            error.WriteLine($"error: {message.ReplaceLineEndings(" ")}");
            return Failed;
        }
    }
}
