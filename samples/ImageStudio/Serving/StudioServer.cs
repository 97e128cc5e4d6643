using System.Net;

namespace ImageStudio.Serving;

/// <summary>The web server: the page and its API, for this computer alone.</summary>
internal static class StudioServer
{
    /// <summary>A request is read so far, to be answered that it is too large. What is larger still is cut off.</summary>
    private const long MaxReadBytes = 16 * Upload.MaxFormBytes;

    public static WebApplication Create(ServedModel model, int port)
    {
        // Nothing of this comes from files or variables, which could have the server listen to the network.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = nameof(ImageStudio), EnvironmentName = "Production" });
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddRoutingCore();
        builder.Services.AddProblemDetails();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxReadBytes;
        });
        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        RequestGuard.Use(app);
        PageFiles.Map(app);
        PredictEndpoint.Map(app, model);
        return app;
    }
}
