using Microsoft.ML.DeepLayers.Fuzz.Mutators;
using Microsoft.ML.DeepLayers.Fuzz.Running;

namespace Microsoft.ML.DeepLayers.Fuzz.Readers;

/// <summary>All readers of files, with how files of each are changed and which exceptions are documented.</summary>
internal static class ReaderTable
{
    private static readonly Mutator PyTorchZip = ZipMutator.Of(name => name.EndsWith(".pkl", StringComparison.Ordinal) ? PickleMutator.Mutate : ByteMutator.Mutate);

    private static readonly Mutator PyTorch = (random, file, other) => file is [(byte)'P', (byte)'K', ..]
        ? PyTorchZip(random, file, other)
        : PickleMutator.Mutate(random, file, other);

    private static readonly Mutator KerasZip = ZipMutator.Of(OfPart);

    private static readonly Mutator Keras = (random, file, other) => file is [(byte)'P', (byte)'K', ..] ? KerasZip(random, file, other) : ByteMutator.Mutate(random, file, other);

    private static readonly Mutator ModelZip = ZipMutator.Of(OfPart, NetworkZipRepair.Repair, NetworkZipRepair.Places);

    internal static IReadOnlyList<Reader> All { get; } =
    [
        new("safetensors", SafeTensorsMutator.Mutate, () => path => NetworkWeights.LoadSafeTensors(path)),
        new("pytorch", PyTorch, () => path => NetworkWeights.LoadPyTorch(path)),
        new("keras", Keras, () => path => NetworkWeights.LoadKeras(path)),
        new("onnx", ProtobufMutator.Mutate, () => path => NetworkWeights.LoadOnnx(path)),
        new("weights", ByteMutator.Mutate, () => path => NetworkWeights.Load(path)) { Share = 0.5, AlsoCorpusOf = ["safetensors", "pytorch", "keras", "onnx"] },
        new("network-json", JsonMutator.Mutate, () => path => Network.FromJson(File.ReadAllText(path))) { Extension = ".json", Share = 0.5 },
        new("checkpoint", SafeTensorsMutator.Mutate, () => new ResumedTraining().Resume)
        {
            IsDocumented = ResumedTraining.IsDocumented,
            Extension = ".safetensors",
            Share = 0.05,
        },
        new("model", ModelZip, () => new ModelReader().Score) { IsDocumented = ModelReader.IsDocumented, Extension = ".zip", Share = 0.05 },
        new("image", PngMutator.Mutate, () => new ImageFileReader().Load) { IsDocumented = exception => exception is ImageLoadException, Extension = ".png", Share = 0.2 },
        new("image-csv", TextMutator.Mutate, () => new ImageCsvReader().Load)
        {
            IsDocumented = exception => exception is ArgumentException or FormatException or InvalidOperationException or ImageLoadException or FileNotFoundException,
            Extension = ".csv",
            Share = 0.05,
        },
        new("scripted-table", TextMutator.Mutate, () => new ScriptedReader().Table) { IsDocumented = _ => false, Extension = ".csv", Share = 0.01 },
        new("scripted-network", JsonMutator.Mutate, () => new ScriptedReader().Definition) { IsDocumented = _ => false, Extension = ".json", Share = 0.01, AlsoCorpusOf = ["network-json"] },
        new("scripted-model", ModelZip, () => ScriptedReader.Model) { IsDocumented = _ => false, Extension = ".zip", Share = 0.02 },
    ];

    private static Mutator OfPart(string name) => Path.GetExtension(name) switch
    {
        ".json" => JsonMutator.Mutate,
        ".onnx" or ".weights" => ProtobufMutator.Mutate,
        _ => ByteMutator.Mutate,
    };
}
