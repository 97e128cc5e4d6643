using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

// ScoringHost score <model.zip> <data.idv> <scored.idv>: what a service does that only predicts.
// ScoringHost fit <data.idv>: what happens to somebody who trains without libtorch.
// ScoringHost stay <model.zip> <data.idv> <milliseconds> <asks>: scores and stays for a while; whether native libraries see
// ONNX Runtime's telemetry turned off, and what the cache folder has. <asks> is the value of the switch that asks for telemetry.
// ScoringHost explain <model.zip> <data.idv>: occlusion of the images of some data, and what Grad-CAM says.
var ml = new MLContext();
switch (args)
{
    case ["score", string zip, string data, string scored]:
        ITransformer model = ml.Model.Load(zip, out _);
        using (FileStream stream = File.Create(scored))
        {
            ml.Data.SaveAsBinary(model.Transform(ml.Data.LoadFromBinary(data)), stream);
        }

        Console.WriteLine(LoadedLibTorch());
        Console.WriteLine(LoadedForTraining());
        return 0;
    case ["fit", string data]:
        try
        {
            ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(4) }).Fit(ml.Data.LoadFromBinary(data));
            return 1;
        }
        catch (LibTorchNotFoundException exception)
        {
            Console.WriteLine(exception.Message);
            return 0;
        }

    case ["stay", string zip, string data, string milliseconds, string asks]:
        AppContext.SetSwitch("Microsoft.ML.DeepLayers.OnnxRuntimeTelemetry", bool.Parse(asks));
        ml.Model.Load(zip, out _).Transform(ml.Data.LoadFromBinary(data)).Preview();
        Thread.Sleep(int.Parse(milliseconds, CultureInfo.InvariantCulture));
        Console.WriteLine($"native: {NativeVariable("ORT_DISABLE_TELEMETRY") ?? "not set"}");
        Console.WriteLine($"inherited: {Environment.GetEnvironmentVariable("ORT_DISABLE_TELEMETRY") ?? "not set"}");
        return 0;
    case ["explain", string zip, string data]:
        ITransformer explained = ml.Model.Load(zip, out _);
        IDataView images = ml.Data.LoadFromBinary(data);
        foreach (HeatMap map in new Occlusion(explained, patchSize: 4, stride: 2).Explain(images))
        {
            Console.WriteLine(FormattableString.Invariant($"{map.ClassName} {map.Peak:R} {map.Hottest}"));
        }

        Console.WriteLine(LoadedLibTorch());
        try
        {
            _ = new GradCam(explained).Explain(images).First();
            return 1;
        }
        catch (DllNotFoundException exception)
        {
            Console.WriteLine(exception.Message);
            return 0;
        }

    default:
        Console.Error.WriteLine("usage: ScoringHost score <model.zip> <data.idv> <scored.idv> | fit <data.idv> | stay <model.zip> <data.idv> <milliseconds> <asks> | explain <model.zip> <data.idv>");
        return 2;
}

// Anything that computes with libtorch would load the native library.
static string LoadedLibTorch() => Describe("libtorch", Process.GetCurrentProcess().Modules.Cast<ProcessModule>().Select(module => module.ModuleName)
    .Where(name => name.Contains("LibTorchSharp", StringComparison.OrdinalIgnoreCase) || name.Contains("torch_cpu", StringComparison.OrdinalIgnoreCase)));

// What only training, its output and weight files need.
static string LoadedForTraining() => Describe("TorchSharp", AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!)
    .Where(name => name is "TorchSharp" or "Spectre.Console"));

static string Describe(string what, IEnumerable<string> loaded) => loaded.Any() ? $"loaded: {string.Join(", ", loaded)}" : $"no {what} loaded";

static string? NativeVariable(string name) => OperatingSystem.IsWindows()
    ? Environment.GetEnvironmentVariable(name) : Marshal.PtrToStringUTF8(LibC.GetVariable(name));

internal static partial class LibC
{
    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint GetVariable(string name);
}
