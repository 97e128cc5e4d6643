using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The first prediction of a new process: from our zip, beside a bare session of the exported file. This program runs itself for it.</summary>
internal static class FreshProcess
{
    private const string Child = "first-prediction";
    private const string FromZip = "zip";
    private const string FromOnnx = "onnx";
    private const string FromBoth = "both";

    /// <summary>Our zip.</summary>
    /// <param name="network">The network.</param>
    /// <param name="outside">All of the new process's time, until it has ended; else that from the beginning of Main.</param>
    internal static Contest OfZip(Mlp network, bool outside) => Create(network, outside, (scored, _) => Run(outside, FromZip, scored.ZipFile));

    /// <summary>
    /// What of it is ML.NET's alone: a zip that only copies the column. What comes out is not a prediction; it is the least that any
    /// zip costs.
    /// </summary>
    internal static Contest WithoutNetwork(Mlp network, bool outside) => Create(network, outside, (_, copy) => Run(outside, FromZip, copy));

    /// <summary>
    /// The least that can be expected of a zip with a network: ML.NET's part as above, and from when the zip has been loaded a
    /// bare session on another thread. Sooner nobody knows that there is a network.
    /// </summary>
    internal static Contest SideBySide(Mlp network, bool outside) => Create(network, outside, (scored, copy) => Run(outside, FromBoth, copy, scored.OnnxFile));

    internal static bool IsChild(string[] args) => args is [Child, _, _, ..];

    /// <summary>What the new process does; it prints how many seconds that took.</summary>
    internal static int Predict(string[] args)
    {
        long start = Stopwatch.GetTimestamp();
        float score = args switch
        {
            [_, FromZip, string zip] => PredictFromZip(zip),
            [_, FromBoth, string zip, string onnx] => PredictFromBoth(zip, onnx),
            [.., string onnx] => PredictFromOnnx(onnx),
            _ => float.NaN,
        };
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(seconds.ToString("R", CultureInfo.InvariantCulture));
        return float.IsFinite(score) ? 0 : 1;
    }

    // Not inlined, so that neither way loads what only the other one needs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float PredictFromZip(string path)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(path, out _);
        PredictionEngine<Question, Answer> engine = ml.Model.CreatePredictionEngine<Question, Answer>(model);
        return engine.Predict(new Question()).Score[0];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float PredictFromOnnx(string path)
    {
        using var session = new InferenceSession(path);
        using OrtValue features = OrtValue.CreateTensorValueFromMemory(new float[Question.Width], [1, Question.Width]);
        float[] scores = new float[Mlp.Small.Classes];
        using OrtValue score = OrtValue.CreateTensorValueFromMemory(scores, [1, scores.Length]);
        using var options = new RunOptions();
        session.Run(options, ["Features"], [features], ["Score"], [score]);
        return scores[0];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float PredictFromBoth(string zip, string onnx)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(zip, out _);
        var session = Task.Run(() => PredictFromOnnx(onnx));
        PredictionEngine<Question, Answer> engine = ml.Model.CreatePredictionEngine<Question, Answer>(model);
        return engine.Predict(new Question()).Score[0] + session.Result;
    }

    private static Contest Create(Mlp network, bool outside, Func<ScoredNetwork, string, double> ours)
    {
        var scored = new ScoredNetwork(network);
        IDataView data = network.View(scored.Context, 1);
        string copy = scored.ZipFile + ".copy";
        scored.Context.Model.Save(scored.Context.Transforms.CopyColumns("Score", "Features").Fit(data), data.Schema, copy);
        return new Contest(() => ours(scored, copy), () => Run(outside, FromOnnx, scored.OnnxFile), 1, scored);
    }

    private static double Run(bool outside, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        var child = new ProcessStartInfo(Environment.ProcessPath!, [Child, .. arguments]) { RedirectStandardOutput = true };
        // As the library has it, also where ONNX Runtime is used directly: its telemetry would cost that side time.
        child.Environment[OnnxRuntimeLibrary.TelemetryVariable] = "1";
        using Process process = Process.Start(child)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double all = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return process.ExitCode == 0
            ? outside ? all : double.Parse(output, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"The new process ended with {process.ExitCode}: {output}");
    }

    private sealed class Question
    {
        internal const int Width = 30;

        [VectorType(Width)]
        public float[] Features { get; set; } = new float[Width];
    }

    private sealed class Answer
    {
        public float[] Score { get; set; } = [];
    }
}
