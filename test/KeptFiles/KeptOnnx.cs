using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace KeptFiles;

/// <summary>A run of an exported ONNX file by ONNX Runtime, without the library.</summary>
internal static class KeptOnnx
{
    /// <summary>Runs a file on one batch.</summary>
    /// <param name="path">The file.</param>
    /// <param name="inputs">For each input <c>shape</c> and <c>values</c>; <c>"NaN"</c> fills up shorter sequences.</param>
    /// <returns>The same of each output.</returns>
    internal static JsonObject Run(string path, JsonObject inputs)
    {
        using var session = new InferenceSession(path);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run([.. inputs.Select(input => Input(session, input.Key, input.Value!))]);
        return new JsonObject(outputs.Select(output => KeyValuePair.Create(output.Name, Output(output))));
    }

    private static NamedOnnxValue Input(InferenceSession session, string name, JsonNode content)
    {
        int[] shape = [.. content["shape"]!.AsArray().Select(dimension => (int)dimension!)];
        float[] values = [.. content["values"]!.AsArray().Select(value => value!.GetValueKind() == System.Text.Json.JsonValueKind.String ? float.NaN : (float)value!)];
        Type type = session.InputMetadata[name].ElementType;
        return type == typeof(float)
            ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(values, shape))
            : throw new NotSupportedException($"Input '{name}' takes {type}; only floats are kept.");
    }

    private static JsonNode? Output(DisposableNamedOnnxValue output) => output.Value switch
    {
        DenseTensor<float> tensor => Output(tensor),
        DenseTensor<bool> tensor => Output(tensor),
        DenseTensor<long> tensor => Output(tensor),
        object other => throw new NotSupportedException($"Output '{output.Name}' is {other.GetType()}."),
    };

    private static JsonObject Output<T>(DenseTensor<T> tensor) => new()
    {
        ["shape"] = KeptJson.Value(tensor.Dimensions.ToArray()),
        ["values"] = KeptJson.Value(tensor.Buffer.ToArray()),
    };
}
