namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>A block as torchvision has it.</summary>
/// <param name="Name">What the names of its parts begin with, <c>features.1.conv</c>.</param>
/// <param name="Expands">Whether it expands its channels first.</param>
/// <param name="WeighsChannels">Whether it has a squeeze and excitation.</param>
internal readonly record struct TimmBlock(string Name, bool Expands, bool WeighsChannels);
