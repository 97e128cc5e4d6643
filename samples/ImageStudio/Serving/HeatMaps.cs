using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;

namespace ImageStudio.Serving;

/// <summary>Where the network sees a class, by Grad-CAM. It may be used from several threads.</summary>
internal sealed class HeatMaps : IDisposable
{
    private readonly GradCam gradCam;
    private readonly OverlayOptions options;

    private HeatMaps(GradCam gradCam, OverlayOptions options) => (this.gradCam, this.options) = (gradCam, options);

    /// <summary>Makes them, or says why there are none.</summary>
    public static HeatMaps? TryCreate(ITransformer model, PixelLoadingOptions pixels, out string? reason)
    {
        // Of these, the map would have to be laid over a part of the picture that OverlayOptions does not know.
        if (pixels.Fit == ImageFit.Pad || pixels.CropFraction != 1)
        {
            reason = string.Create(CultureInfo.InvariantCulture, $"the model's LoadPixels has Fit = {pixels.Fit} and CropFraction = {pixels.CropFraction}, and maps can only be laid over whole pictures and their middles.");
            return null;
        }

        GradCam? gradCam = null;
        try
        {
            gradCam = new GradCam(model);
            // The first image loads libtorch, which may fail, and takes a moment.
            gradCam.Explain(new float[gradCam.Height * gradCam.Width * gradCam.Channels]);
            reason = null;
            return new HeatMaps(gradCam, new OverlayOptions { Cropped = pixels.Fit == ImageFit.Crop });
        }
        catch (Exception exception) when (exception is ArgumentException or LibTorchNotFoundException or DllNotFoundException or InvalidOperationException)
        {
            gradCam?.Dispose();
            reason = exception.Message;
            return null;
        }
    }

    public HeatMap Explain(byte[] pixels, int classIndex) => gradCam.Explain([.. pixels.Select(pixel => (float)pixel)], classIndex);

    /// <summary>A PNG of the picture's size.</summary>
    public byte[] Draw(HeatMap map, MLImage picture) => map.OverlayPng(picture, options);

    public void Dispose() => gradCam.Dispose();
}
