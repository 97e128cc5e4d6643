using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace ImageStudio.Training;

/// <summary>
/// A network that a CPU trains from random weights in a minute. Published ones end in a map of a 32nd of the image's size,
/// made for 224 pixels; this one ends in an eighth, so that Grad-CAM also has something to show for small images.
/// </summary>
internal static class SmallNetwork
{
    private static readonly int[] s_channels = [16, 32, 64, 96];

    public static Network Create(int size, IEnumerable<Layer> augmentation)
    {
        var network = new Sequential { new Input(size, size, 3) };
        foreach (Layer layer in augmentation)
        {
            network.Add(layer);
        }

        network.Add(new Rescaling(1 / 127.5f, -1));
        for (int stage = 0; stage < s_channels.Length; stage++)
        {
            if (stage > 0)
            {
                network.Add(new MaxPooling2D(2));
            }

            AddConvolution(network, s_channels[stage]);
        }

        AddConvolution(network, s_channels[^1]);
        network.Add(new GlobalAveragePooling2D());
        network.Add(new Dropout(0.2f));
        return network;
    }

    private static void AddConvolution(Sequential network, int channels)
    {
        network.Add(new Conv2D(channels, 3, padding: Padding.Same, useBias: false));
        network.Add(new BatchNormalization(momentum: 0.9f));
        network.Add(new ReLU());
    }
}
