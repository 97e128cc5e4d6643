using System.Globalization;
using DeepLayers.Rendered;
using ScriptedTraining;

namespace ImageStudio.Training;

/// <summary>Draws a folder of images, for somebody who has none.</summary>
internal sealed record RenderCommand
{
    private static readonly Dictionary<string, Func<RenderedTheme>> s_themes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["shapes"] = () => new RenderedShapes(),
        ["letters"] = () => new RenderedLetters(),
        ["scenes"] = () => new RenderedScenes(),
    };

    public required string Theme { get; init; }

    public required string OutputFolder { get; init; }

    public required int ImagesPerClass { get; init; }

    public required int Size { get; init; }

    public required int Seed { get; init; }

    public static IEnumerable<string> Themes => s_themes.Keys;

    public void Run(CommandContext context)
    {
        RenderedTheme theme = s_themes[Theme]();
        if (File.Exists(OutputFolder))
        {
            throw new UserException($"'{OutputFolder}' is a file, not a folder.");
        }

        if (Directory.Exists(OutputFolder) && Directory.EnumerateFileSystemEntries(OutputFolder).Any())
        {
            throw new UserException($"The folder '{OutputFolder}' is not empty. What is in it would become part of the data: name a new folder.");
        }

        RenderedImages.Write(OutputFolder, theme, ImagesPerClass, Size, Size, Seed);
        context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Drew {ImagesPerClass} images of {Size} × {Size} pixels of each class into {OutputFolder}: {string.Join(", ", theme.Classes)}."));
    }
}
