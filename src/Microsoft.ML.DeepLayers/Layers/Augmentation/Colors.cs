using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>Conversions of colors along the last axis, red, green and blue.</summary>
internal static class Colors
{
    /// <summary>The brightness that the eye sees (ITU-R BT.601), <c>[..., 1]</c>; a single channel is that already.</summary>
    internal static Tensor Gray(Tensor images)
    {
        if (images.shape[^1] == 1)
        {
            return images;
        }

        Tensor shares = tensor([0.2989, 0.587, 0.114], dtype: images.dtype, device: images.device);
        return images.mul(shares).sum(-1, keepdim: true);
    }

    /// <summary>Hue (0 to 1), saturation (0 to 1) and value of colors that are not negative.</summary>
    internal static (Tensor Hue, Tensor Saturation, Tensor Value) ToHsv(Tensor images)
    {
        Tensor red = images.select(-1, 0), green = images.select(-1, 1), blue = images.select(-1, 2);
        Tensor value = images.amax(-1), range = value.sub(images.amin(-1));
        Tensor isColored = range.Greater(0), isLit = value.Greater(0);
        // Gray has no hue and black no saturation; 1 keeps the division finite, in the gradient too.
        Tensor safeRange = range.where(isColored, ones_like(range)), safeValue = value.where(isLit, ones_like(value));
        Tensor none = zeros_like(range);
        Tensor saturation = range.div(safeValue).where(isLit, none);
        Tensor fromRed = green.sub(blue).div(safeRange);
        Tensor fromGreen = blue.sub(red).div(safeRange).Add(2);
        Tensor fromBlue = red.sub(green).div(safeRange).Add(4);
        Tensor sextant = fromRed.where(value.eq(red), fromGreen.where(value.eq(green), fromBlue));
        return (sextant.Divide(6).Mod(1).where(isColored, none), saturation, value);
    }

    /// <summary>Red, green and blue of colors whose hue may lie in any turn.</summary>
    internal static Tensor FromHsv(Tensor hue, Tensor saturation, Tensor value)
    {
        Tensor sextant = hue.Mod(1).Multiply(6);
        Tensor red = sextant.Subtract(3).abs().Subtract(1).Clip(0, 1);
        Tensor green = sextant.Subtract(2).abs().neg().Add(2).Clip(0, 1);
        Tensor blue = sextant.Subtract(4).abs().neg().Add(2).Clip(0, 1);
        Tensor pure = stack([red, green, blue], -1);
        // Between white (saturation 0) and the pure color (saturation 1).
        return pure.Subtract(1).mul(saturation.unsqueeze(-1)).Add(1).mul(value.unsqueeze(-1));
    }
}
