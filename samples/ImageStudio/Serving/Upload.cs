using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ImageStudio.Serving;

/// <summary>An image that was sent, and the class that is asked about.</summary>
internal sealed record Upload(string FileName, byte[] File, string? ClassName)
{
    /// <summary>The field of the form with the image.</summary>
    public const string ImageField = "image";

    /// <summary>The field of the form with the class to explain, which may be missing.</summary>
    public const string ClassField = "class";

    public const long MaxBytes = 16 << 20;

    /// <summary>What may be around a file of the largest size: other fields, and the form's own lines.</summary>
    public const long MaxFormBytes = MaxBytes + (64 << 10);

    public const string Expected = "Expected is a JPEG, PNG, GIF, WebP or BMP file of at most 16 MiB.";

    private const int MaxClassNameBytes = 1000;
    private const int BufferBytes = 64 << 10;

    /// <summary>Reads a form. It stays in memory; nothing is written to a disk.</summary>
    /// <exception cref="UploadException">It is no form, has no image, or one that is too large.</exception>
    public static async Task<Upload> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var reader = new MultipartReader(Boundary(request), request.Body);
        (string Name, byte[] File)? image = null;
        string? className = null;
        try
        {
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? disposition))
                {
                    continue;
                }

                switch (HeaderUtilities.RemoveQuotes(disposition.Name).ToString())
                {
                    case ImageField when disposition.IsFileDisposition():
                        image = (NameOf(disposition), await ReadAsync(section.Body, MaxBytes, cancellationToken) ?? throw TooLarge());
                        break;
                    case ClassField:
                        byte[] name = await ReadAsync(section.Body, MaxClassNameBytes, cancellationToken) ?? throw NoForm($"The field '{ClassField}' is longer than {MaxClassNameBytes} bytes.");
                        className = System.Text.Encoding.UTF8.GetString(name);
                        break;
                }
            }
        }
        catch (UploadException exception) when (exception.Status == StatusCodes.Status413PayloadTooLarge)
        {
            // A browser that cannot send all it has does not show what was answered. The server's own limit ends this.
            await request.Body.CopyToAsync(Stream.Null, cancellationToken);
            throw;
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw NoForm($"The form cannot be read: {exception.Message}");
        }

        return image switch
        {
            null => throw NoForm($"The form has no file in the field '{ImageField}'."),
            { File.Length: 0 } empty => throw new UploadException(StatusCodes.Status400BadRequest, "Empty file", $"'{empty.Name}' is empty. {Expected}"),
            { } full => new Upload(full.Name, full.File, string.IsNullOrEmpty(className) ? null : className),
        };
    }

    private static string Boundary(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw new UploadException(
                StatusCodes.Status415UnsupportedMediaType, "Not a form",
                $"Expected is multipart/form-data with an image in the field '{ImageField}', not {(string.IsNullOrEmpty(request.ContentType) ? "a request without a content type" : $"'{request.ContentType}'")}.");
        }

        string boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= 100 ? boundary : throw NoForm("Its content type has no boundary of 1 to 100 characters.");
    }

    private static string NameOf(ContentDispositionHeaderValue disposition)
    {
        string name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
        return name.Length > 0 ? Path.GetFileName(name) : ImageField;
    }

    private static UploadException NoForm(string detail) => new(
        StatusCodes.Status400BadRequest, "No image", $"{detail} Expected is multipart/form-data with an image in the field '{ImageField}'.");

    private static UploadException TooLarge() => new(StatusCodes.Status413PayloadTooLarge, "Too large", $"The file has more than {MaxBytes >> 20} MiB. {Expected}");

    /// <summary>All of a stream; <see langword="null"/> if that is more than allowed.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, long maxBytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        byte[] buffer = new byte[BufferBytes];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and int read)
        {
            if (content.Length + read > maxBytes)
            {
                return null;
            }

            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }
}
