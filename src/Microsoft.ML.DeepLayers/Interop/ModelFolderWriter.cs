namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>The folder of a model zip that a transformer writes itself into: a header and named entries.</summary>
internal sealed class ModelFolderWriter
{
    private readonly ModelSaveContext context;

    /// <param name="context">ML.NET's.</param>
    /// <param name="version">The format, and who reads it.</param>
    internal ModelFolderWriter(ModelSaveContext context, VersionInfo version)
    {
        ArgumentNullException.ThrowIfNull(context);
        this.context = context;
        if (!context.InRepository)
        {
            throw new NotSupportedException("A transformer is saved as part of a model zip (mlContext.Model.Save), not into a single stream.");
        }

        context.CheckAtModel();
        context.SetVersionInfo(version);
    }

    /// <summary>The transformer's own stream, <c>Model.key</c>, behind ML.NET's header.</summary>
    internal BinaryWriter Header => context.Writer;

    /// <summary>Writes a transformer into a folder within this one.</summary>
    internal void WriteTransformer(string name, ITransformer transformer) => context.SaveModel(transformer, name);

    /// <summary>Writes an entry of its own beside the header.</summary>
    internal void WriteEntry(string name, byte[] content) => context.SaveBinaryStream(name, writer => writer.Write(content));
}
