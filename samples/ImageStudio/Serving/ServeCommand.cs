using System.Globalization;
using ScriptedTraining;

namespace ImageStudio.Serving;

/// <summary>Shows in the browser what a model sees in images, until it is ended.</summary>
internal sealed record ServeCommand
{
    public required string ModelPath { get; init; }

    /// <summary>The port on the loopback; 0 for any free one.</summary>
    public required int Port { get; init; }

    public async Task RunAsync(CommandContext context)
    {
        using var model = ServedModel.Load(context.CreateMLContext(), ModelPath);
        await using WebApplication server = StudioServer.Create(model, Port);
        try
        {
            await server.StartAsync(context.CancellationToken);
        }
        catch (IOException exception)
        {
            throw new UserException(
                string.Create(CultureInfo.InvariantCulture, $"The server cannot listen on port {Port}: {exception.Message} --port 0 takes any free one."), exception);
        }

        context.Output.WriteLine($"Model:  {ModelPath}, {model.Classes.Count} classes: {string.Join(", ", model.Classes)}");
        if (model.NoOverlayReason is { } reason)
        {
            context.Output.WriteLine($"No overlays: {reason}");
        }

        context.Output.WriteLine($"Open:   {server.Urls.Single()}/ (Ctrl+C ends the server)");
        await server.WaitForShutdownAsync(context.CancellationToken);
    }
}
