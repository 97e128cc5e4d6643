using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.ML.DeepLayers.Layers;
using QuickStart;
using Spectre.Console;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>
/// A training of the convolutional network on drawn digits with the progress bar and without it, by turns. The bar writes
/// to a terminal of 100 columns that keeps nothing. Where the machine is not quiet, the ratio says less than the time spent in
/// the bar itself, which on a CPU is all that it costs.
/// </summary>
internal static class ProgressCost
{
    private const int Epochs = 30;
    private const int Examples = 1500;

    internal static void Measure(int rounds)
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(DrawnDigits.Draw(Examples, DrawnDigits.TrainingHands, seed: 1).Select(DigitImage.From).ToArray());
        data = ml.Transforms.Conversion.MapValueToKey("Label", nameof(DigitImage.Digit)).Fit(data).Transform(data);
        Train(ml, data, null, epochs: 2);
        var ratios = new List<double>();
        var parts = new List<double>();
        for (int round = 1; round <= rounds; round++)
        {
            var screen = new Screen();
            // Each is first as often as the other.
            (double with, double without) = round % 2 == 0
                ? (Train(ml, data, screen), Train(ml, data, null))
                : Swap(Train(ml, data, null), Train(ml, data, screen));
            ratios.Add(with / without);
            parts.Add(screen.Seconds / with);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"round {round}: {with:0.000} s with the bar ({screen.Characters:N0} characters), {without:0.000} s without, ratio {with / without:0.0000}; {1000 * screen.Seconds:0.0} ms in the bar, {screen.Seconds / with:0.00 %}"));
        }

        ratios.Sort();
        parts.Sort();
        double median = ratios.Count % 2 == 1 ? ratios[ratios.Count / 2] : (ratios[(ratios.Count / 2) - 1] + ratios[ratios.Count / 2]) / 2;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"progress bar, {Epochs} epochs of {Examples} digits: median ratio {median:0.0000}, from {ratios[0]:0.0000} to {ratios[^1]:0.0000}; at most {parts[^1]:0.00 %} of the time in the bar"));
    }

    private static (double With, double Without) Swap(double without, double with) => (with, without);

    /// <summary>The seconds that a training takes.</summary>
    private static double Train(MLContext ml, IDataView data, Screen? screen, int epochs = Epochs)
    {
        var network = new Sequential
        {
            new Input(DrawnDigits.Side, DrawnDigits.Side, 1),
            new Conv2D(16, kernelSize: 3, activation: Activation.ReLU),
            new MaxPooling2D(2),
            new Conv2D(32, kernelSize: 3, activation: Activation.ReLU),
            new MaxPooling2D(2),
            new Flatten(),
            new Dropout(0.4f),
            new Dense(64, Activation.ReLU),
        };
        var options = new NeuralNetworkOptions { FeatureColumnName = nameof(DigitImage.Pixels), Epochs = epochs, BatchSize = 64, ValidationFraction = 0.1f };
        if (screen is not null)
        {
            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                ColorSystem = ColorSystemSupport.TrueColor,
                Interactive = InteractionSupport.Yes,
                Out = new AnsiConsoleOutput(screen),
            });
            console.Profile.Width = 100;
            options.Callbacks.Add(screen.Bar = new TimedCallback(new ProgressBar(console)));
        }

        var watch = Stopwatch.StartNew();
        using NeuralNetworkTransformer model = ml.MulticlassClassification.Trainers.NeuralNetwork(network, options).Fit(data);
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>A terminal that counts what is written.</summary>
    private sealed class Screen : StringWriter
    {
        internal long Characters { get; private set; }

        internal TimedCallback? Bar { get; set; }

        internal double Seconds => Bar!.Seconds;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Characters++;

        public override void Write(string? value) => Characters += value?.Length ?? 0;

        public override void Write(char[] buffer, int index, int count) => Characters += count;
    }
}
