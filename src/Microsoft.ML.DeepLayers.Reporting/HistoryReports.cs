using System.Text;
using Microsoft.ML.DeepLayers.Reporting;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers;

/// <summary>Histories as something to look at.</summary>
public static class HistoryReports
{
    private const int SmallestSide = 100;
    private const int LargestSide = 10_000;

    /// <summary>
    /// Writes one page that says all that is known of a training, for any browser, without any other file or a network:
    /// the curves of loss and metrics with the best epoch, the learning rate; on the validation set, where there was one,
    /// confusion matrix and calibration of classifiers, labels and predictions of regression, and the worst examples;
    /// the network, the settings, and where it was trained. An existing file is replaced at the very end.
    /// </summary>
    /// <param name="history">The history, e.g. of a model that was loaded.</param>
    /// <param name="path">The file, e.g. <c>report.html</c>.</param>
    /// <param name="title">What the page is called.</param>
    /// <param name="diagnosis">What <see cref="NeuralNetworkTrainer.Diagnose"/> has seen, to be shown, too. Default: nothing.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    /// <example><code>
    /// NeuralNetworkTransformer model = trainer.Fit(train, validation);
    /// model.History.SaveReport("report.html");
    /// </code></example>
    public static void SaveReport(this History history, string path, string title = "Training report", Diagnosis? diagnosis = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(title);
        byte[] page = Encoding.UTF8.GetBytes(ReportPage.Write(history, title, diagnosis));
        AtomicFile.Write(path, stream => stream.Write(page), "The report");
    }

    /// <summary>
    /// Writes the curves of loss, metrics and learning rate as a PNG picture. An existing file is replaced at the very end.
    /// </summary>
    /// <param name="history">The history.</param>
    /// <param name="path">The file, e.g. <c>curves.png</c>.</param>
    /// <param name="width">The width in pixels, from 100 to 10000. Default: 1000.</param>
    /// <param name="height">The height in pixels, from 100 to 10000. Default: 600.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Width or height lies outside its range.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void SaveCurves(this History history, string path, int width = 1000, int height = 600)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentException.ThrowIfNullOrEmpty(path);
        CheckSide(width, nameof(width));
        CheckSide(height, nameof(height));
        byte[] picture = CurvePicture.Draw(history, width, height);
        AtomicFile.Write(path, stream => stream.Write(picture), "The picture");
    }

    private static void CheckSide(int pixels, string parameter)
    {
        if (pixels is < SmallestSide or > LargestSide)
        {
            throw new ArgumentOutOfRangeException(parameter, pixels, $"The picture's {parameter} must be from {SmallestSide} to {LargestSide} pixels.");
        }
    }
}
