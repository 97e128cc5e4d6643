using Microsoft.ML.DeepLayers;

namespace ImageStudio.Serving;

/// <summary><c>POST /api/predict</c>: an image in, probabilities and the overlay out.</summary>
internal static class PredictEndpoint
{
    /// <summary>So many uploads are in memory at once; the others wait.</summary>
    private const int MaxUploads = 16;

    public static void Map(IEndpointRouteBuilder routes, ServedModel model)
    {
        routes.MapGet("/api/model", () => Results.Json(
            new ModelDescription(model.Name, model.Classes, model.Height, model.Width, Upload.MaxBytes, model.NoOverlayReason), AnswerJson.Default.ModelDescription));
        var permits = new SemaphoreSlim(MaxUploads);
        routes.MapPost("/api/predict", async (HttpRequest request, CancellationToken cancellationToken) =>
        {
            await permits.WaitAsync(cancellationToken);
            try
            {
                Upload upload = await Upload.ReadAsync(request, cancellationToken);
                return Results.Json(await PredictAsync(upload, model, cancellationToken), AnswerJson.Default.Prediction);
            }
            catch (UploadException exception)
            {
                return Results.Problem(exception.Message, statusCode: exception.Status, title: exception.Title);
            }
            finally
            {
                permits.Release();
            }
        });
    }

    private static async Task<Prediction> PredictAsync(Upload upload, ServedModel model, CancellationToken cancellationToken)
    {
        int? explained = upload.ClassName is { } name ? Index(model, name) : null;
        try
        {
            return await model.PredictAsync(upload.File, explained, cancellationToken);
        }
        catch (ImageLoadException exception)
        {
            throw exception.Defect switch
            {
                ImageDefect.UnknownFormat => Refuse(StatusCodes.Status415UnsupportedMediaType, "Not an image", "is no image of a format that is read"),
                ImageDefect.TooLarge => Refuse(StatusCodes.Status413PayloadTooLarge, "Too many pixels", $"has more pixels than can be read, which is {ServedModel.MaxPixels / 1_000_000} million"),
                _ => Refuse(StatusCodes.Status400BadRequest, "Damaged image", $"cannot be read: {exception.Reason}"),
            };
        }

        UploadException Refuse(int status, string title, string what) => new(status, title, $"'{upload.FileName}' {what}. {Upload.Expected}");
    }

    private static int Index(ServedModel model, string name)
    {
        for (int i = 0; i < model.Classes.Count; i++)
        {
            if (model.Classes[i] == name)
            {
                return i;
            }
        }

        throw new UploadException(
            StatusCodes.Status400BadRequest, "No such class", $"The model has no class '{name}', which the field '{Upload.ClassField}' asks for. It has: {string.Join(", ", model.Classes)}.");
    }
}
