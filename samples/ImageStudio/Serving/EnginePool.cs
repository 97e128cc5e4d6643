using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;

namespace ImageStudio.Serving;

/// <summary>
/// Prediction engines, each of which serves one thread at a time: at most one a core, kept for the next request. The model
/// behind them is the same.
/// </summary>
internal sealed class EnginePool : IDisposable
{
    private readonly MLContext ml;
    private readonly ITransformer model;
    private readonly SchemaDefinition input;
    private readonly SchemaDefinition output;
    private readonly ConcurrentBag<PredictionEngine<ImageInput, ImageOutput>> free = [];
    private readonly SemaphoreSlim permits = new(Environment.ProcessorCount);

    public EnginePool(MLContext ml, ITransformer model, PixelLoadingOptions pixels)
    {
        this.ml = ml;
        this.model = model;
        // The model was trained on paths. LoadPixels as well takes what the files contain, so that uploads need not be written to a disk.
        input = SchemaDefinition.Create(typeof(ImageInput));
        input[nameof(ImageInput.File)].ColumnType = new VectorDataViewType(NumberDataViewType.Byte);
        input[nameof(ImageInput.File)].ColumnName = pixels.InputColumnName ?? pixels.OutputColumnName;
        output = SchemaDefinition.Create(typeof(ImageOutput));
        output[nameof(ImageOutput.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Byte, pixels.ImageHeight, pixels.ImageWidth, 3);
        output[nameof(ImageOutput.Pixels)].ColumnName = pixels.OutputColumnName;
    }

    public async Task<ImageOutput> PredictAsync(byte[] file, CancellationToken cancellationToken)
    {
        await permits.WaitAsync(cancellationToken);
        try
        {
            PredictionEngine<ImageInput, ImageOutput> engine = free.TryTake(out var kept) ? kept : Create();
            try
            {
                return engine.Predict(new ImageInput { File = file });
            }
            finally
            {
                free.Add(engine);
            }
        }
        finally
        {
            permits.Release();
        }
    }

    public void Dispose()
    {
        while (free.TryTake(out PredictionEngine<ImageInput, ImageOutput>? engine))
        {
            engine.Dispose();
        }

        permits.Dispose();
        (model as IDisposable)?.Dispose();
    }

    private PredictionEngine<ImageInput, ImageOutput> Create() => ml.Model.CreatePredictionEngine<ImageInput, ImageOutput>(
        model, new PredictionEngineOptions { InputSchemaDefinition = input, OutputSchemaDefinition = output, OwnsTransformer = false });
}

/// <summary>What the model takes.</summary>
internal sealed class ImageInput
{
    /// <summary>The content of a file of an image.</summary>
    public byte[] File { get; set; } = [];

    /// <summary>Of use in training only, but the model's first part looks for the column.</summary>
    public string Label { get; set; } = "";
}

/// <summary>What the model gives.</summary>
internal sealed class ImageOutput
{
    /// <summary>The image as the network sees it.</summary>
    public byte[] Pixels { get; set; } = [];

    /// <summary>The probability of each class.</summary>
    public float[] Score { get; set; } = [];
}
