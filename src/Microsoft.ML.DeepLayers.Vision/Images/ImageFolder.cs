using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Finds the images of a folder that has a folder for each class, in an order that does not depend on the file system.</summary>
/// <param name="options">What counts as an image, and what happens to bad files.</param>
/// <param name="channel">Where to warn.</param>
internal sealed class ImageFolder(ImageFolderOptions options, IChannel channel)
{
    private const int MostNamed = 20;

    private readonly HashSet<string> extensions = new(options.Extensions, StringComparer.OrdinalIgnoreCase);
    private int leftOut;

    /// <summary>Lists the images, class after class.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidOperationException">It has no images in folders.</exception>
    /// <exception cref="ImageLoadException">A file is bad, and that is to be an error.</exception>
    internal List<LabeledImage> List(string path)
    {
        string root = Path.GetFullPath(path);
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException(File.Exists(root)
                ? $"'{root}' is a file; the folder that has a folder of images for each class is needed."
                : $"There is no folder '{root}'. It should have a folder of images for each class.");
        }

        var images = new List<LabeledImage>();
        foreach (string folder in Sorted(Directory.GetDirectories(root)))
        {
            int first = images.Count;
            AddImages(folder, Path.GetFileName(folder), images, [RealPath(root)]);
            if (options.MaxImagesPerClass is { } most && images.Count - first > most)
            {
                images.RemoveRange(first + most, images.Count - first - most);
            }

            if (images.Count == first)
            {
                channel.Warning(MessageSensitivity.None, $"The folder '{folder}' has no images ({Extensions}), so there is no class '{Path.GetFileName(folder)}'.");
            }
        }

        int outside = Sorted(Directory.GetFiles(root)).Count(IsImage);
        if (images.Count == 0)
        {
            throw new InvalidOperationException(outside > 0
                ? string.Create(CultureInfo.InvariantCulture, $"The folder '{root}' has {outside} images but no folders of images. Put the images of each class into a folder named like it, or list them: Data.LoadImageList, Data.LoadImageCsv.")
                : $"The folder '{root}' has no images in folders ({Extensions}). It should have a folder of images for each class.");
        }

        if (outside > 0)
        {
            channel.Warning(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"{outside} images in '{root}' itself are in no class's folder and are left out."));
        }

        if (leftOut > MostNamed)
        {
            channel.Warning(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"{leftOut:N0} files and folders are left out; the first {MostNamed} are named above."));
        }

        return images;
    }

    private string Extensions => string.Join(", ", options.Extensions);

    private static IEnumerable<string> Sorted(string[] paths)
    {
        Array.Sort(paths, StringComparer.Ordinal);
        // Names that begin with a dot are a system's own, and so are the ._ files that macOS puts beside images.
        return paths.Where(path => !Path.GetFileName(path.AsSpan()).StartsWith("."));
    }

    private static string RealPath(string folder) => new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder;

    private bool IsImage(string path) => extensions.Contains(Path.GetExtension(path));

    /// <summary>Adds a folder's files, then those of its folders.</summary>
    private void AddImages(string folder, string label, List<LabeledImage> images, IReadOnlyList<string> parents)
    {
        string[] files, folders;
        string real;
        try
        {
            (files, folders, real) = (Directory.GetFiles(folder), Directory.GetDirectories(folder), RealPath(folder));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LeaveOut(folder, ImageDefect.Unreadable, $"the folder cannot be read: {exception.Message.TrimEnd('.')}", exception);
            return;
        }

        if (parents.Contains(real))
        {
            LeaveOut(folder, ImageDefect.Unreadable, "the folder is a link to one that it is in");
            return;
        }

        foreach (string file in Sorted(files).Where(IsImage))
        {
            if (Problem(file) is { } problem)
            {
                LeaveOut(file, problem.Defect, problem.Message, problem.InnerException);
            }
            else
            {
                images.Add(new LabeledImage { ImagePath = file, Label = label });
            }
        }

        foreach (string inner in Sorted(folders))
        {
            AddImages(inner, label, images, [.. parents, real]);
        }
    }

    private ImageProblem? Problem(string file)
    {
        try
        {
            ImageFile.CheckLength(new FileInfo(file).Length, options.MaxFileBytes);
            return null;
        }
        catch (ImageProblem problem)
        {
            return problem;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ImageProblem(ImageDefect.Unreadable, exception.Message.TrimEnd('.'), exception);
        }
    }

    private void LeaveOut(string path, ImageDefect defect, string reason, Exception? cause = null)
    {
        var error = new ImageLoadException(
            $"'{path}'", defect, reason,
            options.Errors == ImageErrors.Skip
                ? "It is left out."
                : $"Repair or remove it, or leave such images out: {nameof(ImageFolderOptions)}.{nameof(ImageFolderOptions.Errors)} = {nameof(ImageErrors)}.{nameof(ImageErrors.Skip)}.",
            cause);
        if (options.Errors == ImageErrors.Fail)
        {
            throw error;
        }

        if (++leftOut <= MostNamed)
        {
            channel.Warning(MessageSensitivity.None, error.Message);
        }
    }
}
