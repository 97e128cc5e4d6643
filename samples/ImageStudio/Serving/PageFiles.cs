namespace ImageStudio.Serving;

/// <summary>The page's files, which are in the program itself.</summary>
internal static class PageFiles
{
    private static readonly (string Path, string File, string Type)[] s_files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/studio.css", "studio.css", "text/css; charset=utf-8"),
        ("/studio.js", "studio.js", "text/javascript; charset=utf-8"),
        ("/favicon.svg", "favicon.svg", "image/svg+xml"),
    ];

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach ((string path, string file, string type) in s_files)
        {
            byte[] content = Read(file);
            routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], () => Results.Bytes(content, type));
        }
    }

    private static byte[] Read(string file)
    {
        using Stream stream = typeof(PageFiles).Assembly.GetManifestResourceStream(file)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
