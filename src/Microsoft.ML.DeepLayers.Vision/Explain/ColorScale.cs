namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>The colors of heat maps as numbers.</summary>
internal static class ColorScale
{
    /// <summary>Red, green and blue at equal steps from 0 to 1; colors between them are mixed.</summary>
    private static readonly int[] Viridis = [0x440154, 0x482878, 0x3E4989, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6ECE58, 0xB5DE2B, 0xFDE725];
    private static readonly int[] Inferno = [0x000004, 0x1B0C42, 0x4B0C6B, 0x781C6D, 0xA52C60, 0xCF4446, 0xED6925, 0xFB9A06, 0xF7D03C, 0xFCFFA4];

    private static readonly int[] Turbo =
    [
        0x30123B, 0x4143A7, 0x4771E9, 0x3E9BFE, 0x22C5E2, 0x1AE4B6, 0x46F884, 0x88FF4E,
        0xB9F635, 0xE1DD37, 0xFABA39, 0xFD8D27, 0xF05B12, 0xD63506, 0xAF1801, 0x7A0403,
    ];

    /// <summary>The color of a value from 0 to 1, its channels from 0 to 255.</summary>
    internal static (float Red, float Green, float Blue) Of(HeatMapColors colors, float value) => colors switch
    {
        HeatMapColors.Viridis => Mix(Viridis, value),
        HeatMapColors.Inferno => Mix(Inferno, value),
        _ => Mix(Turbo, value),
    };

    private static (float Red, float Green, float Blue) Mix(int[] table, float value)
    {
        float place = value * (table.Length - 1);
        int first = Math.Min((int)place, table.Length - 2);
        return (Channel(16), Channel(8), Channel(0));

        float Channel(int shift)
        {
            int lower = (table[first] >> shift) & 255, upper = (table[first + 1] >> shift) & 255;
            return lower + ((upper - lower) * (place - first));
        }
    }
}
