using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// The door to ONNX Runtime: its library is loaded, and session options are made, here alone. Before the library loads, its
/// telemetry is turned off, unless the application or its operator asks for it.
/// </summary>
/// <remarks>
/// ONNX Runtime 1.31 reads the variable once, while it loads, and writes a device id and an event database into the user's cache
/// folder at once. Its managed switches act on an environment that exists already, which is too late.
/// </remarks>
internal static class OnnxRuntimeLibrary
{
    /// <summary>The environment variable that ONNX Runtime reads. Measured on 1.31.1: off for 1, true, yes and on; else on.</summary>
    internal const string TelemetryVariable = "ORT_DISABLE_TELEMETRY";

    /// <summary>The application's switch: true leaves telemetry as ONNX Runtime has it. An environment variable goes before it.</summary>
    internal const string TelemetrySwitch = "Microsoft.ML.DeepLayers.OnnxRuntimeTelemetry";

    private static readonly Lazy<bool> prepared = new(DecideTelemetry);

    /// <summary>Decides on telemetry. For programs that use ONNX Runtime themselves; all else here does it by itself.</summary>
    internal static void Prepare() => _ = prepared.Value;

    /// <summary>Loads the native library.</summary>
    /// <exception cref="DllNotFoundException">The library is missing. .NET may wrap it in a type initializer's exception.</exception>
    internal static void Load()
    {
        Prepare();
        _ = OrtEnv.Instance();
    }

    /// <summary>Options for a session. ONNX Runtime's warnings stay off the console: they concern authors of ONNX files.</summary>
    internal static SessionOptions CreateOptions()
    {
        Prepare();
        return new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
    }

    /// <summary>
    /// The value that the variable gets; <see langword="null"/> if telemetry is asked for by the switch alone. A value that ONNX
    /// Runtime does not know would turn telemetry on, and becomes 1: only a plain no to "disable" counts as asking.
    /// </summary>
    /// <param name="variable">The variable as .NET has it.</param>
    /// <param name="isAskedFor">The value of the switch.</param>
    internal static string? TelemetryValue(string? variable, bool isAskedFor) => variable?.Trim().ToLowerInvariant() switch
    {
        null or "" => isAskedFor ? null : "1",
        "0" or "false" or "no" or "off" => "0",
        _ => "1",
    };

    private static bool DecideTelemetry()
    {
        string? variable = Environment.GetEnvironmentVariable(TelemetryVariable);
        bool isAskedFor = AppContext.TryGetSwitch(TelemetrySwitch, out bool isOn) && isOn;
        if (TelemetryValue(variable, isAskedFor) is { } value)
        {
            NativeEnvironment.Set(TelemetryVariable, value, overwrite: variable is not null);
        }

        return true;
    }
}
