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
        GradCam? gradCam = null;
        try
        {
            gradCam = new GradCam(model);
            // The first image loads libtorch, which may fail, and takes a moment.
            gradCam.Explain(new float[gradCam.Height * gradCam.Width * gradCam.Channels]);
            reason = null;
            return new HeatMaps(gradCam, new OverlayOptions { Fit = pixels.Fit, CropFraction = pixels.CropFraction });
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
