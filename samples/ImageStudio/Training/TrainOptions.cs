using System.CommandLine;
using System.CommandLine.Parsing;

namespace ImageStudio.Training;

/// <summary>The options of the train command. What is small enough for a CPU depends on whether there are weights to start from.</summary>
internal sealed class TrainOptions
{
    private readonly Option<string> images = new("--images") { Description = "The folder of the images, with a folder for each class.", Required = true, HelpName = "folder" };
    private readonly Option<string> model = new("--model") { Description = "The model zip to write.", Required = true, HelpName = "model.zip" };
    private readonly Option<string?> backbone = new("--backbone")
    {
        Description = $"The network: {BackboneChoice.Small}, made for training from random weights on a CPU, or a published one: {string.Join(", ", BackboneChoice.Published)}. [default: {BackboneChoice.Small}; with --weights resnet18]",
        HelpName = "name",
        CustomParser = ParseBackbone,
    };

    private readonly Option<string?> weights = new("--weights")
    {
        Description = "A file of published weights (PyTorch, safetensors or ONNX) to start from: transfer learning. Without it, training starts from random weights. [default: none]",
        HelpName = "file",
    };

    private readonly Option<int?> size = NumberOption.CreateOptional<int>(
        "--size", "n", "To how many pixels a side images are brought. [default: 64; of a published network 224]", value => value is >= 8 and <= 1024, "a whole number from 8 to 1024");

    private readonly Option<float?> width = NumberOption.CreateOptional<float>(
        "--width", "x", "By what a published network's numbers of channels are multiplied. Published weights mostly are for 1. [default: 1]", value => value is > 0 and <= 4, "a number above 0 and at most 4");

    private readonly Option<int?> epochs = NumberOption.CreateOptional<int>(
        "--epochs", "n", "How often training goes through the images; with --weights after 5 epochs of the output layer alone. [default: 20; with --weights 5]", value => value >= 1, "a whole number of at least 1");

    private readonly Option<int> batchSize = NumberOption.Create("--batch-size", "n", "The number of images of a step.", 32, value => value >= 1, "a whole number of at least 1");
    private readonly Option<float?> learningRate = NumberOption.CreateOptional<float>(
        "--learning-rate", "x", "The size of the optimizer's (Adam's) steps at first. [default: 0.002; with --weights 0.0001]", value => value > 0 && float.IsFinite(value), "a number above 0");

    private readonly Option<float> testFraction = NumberOption.Create(
        "--test-fraction", "x", "The part of each class that is held out to measure the finished model.", 0.2f, value => value is > 0 and < 1, "above 0 and below 1");

    private readonly Option<int> seed = NumberOption.Create("--seed", "n", "Decides which images are held out, first weights and order. The same seed gives the same model.", 1, _ => true, "a whole number");
    private readonly Option<bool> noFlip = new("--no-flip") { Description = "Left and right matter, as in letters: images are not mirrored in training." };
    private readonly Option<bool> skipUnreadable = new("--skip-unreadable") { Description = "Images that cannot be loaded are left out, with a warning, instead of being an error." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
            { images, model, backbone, weights, size, width, epochs, batchSize, learningRate, testFraction, seed, noFlip, skipUnreadable })
        {
            command.Add(option);
        }

        command.Validators.Add(CheckTogether);
    }

    public TrainCommand Read(ParseResult result)
    {
        string? weightsPath = result.GetValue(weights);
        bool isTransfer = weightsPath is not null;
        string name = result.GetValue(backbone) ?? (isTransfer ? "resnet18" : BackboneChoice.Small);
        return new TrainCommand
        {
            ImageFolder = result.GetRequiredValue(images),
            ModelPath = result.GetRequiredValue(model),
            BackboneName = name,
            WeightsPath = weightsPath,
            Size = result.GetValue(size) ?? (name == BackboneChoice.Small ? 64 : 224),
            Width = result.GetValue(width) ?? 1,
            Epochs = result.GetValue(epochs) ?? (isTransfer ? 5 : 20),
            BatchSize = result.GetValue(batchSize),
            LearningRate = result.GetValue(learningRate) ?? (isTransfer ? 1e-4f : 2e-3f),
            TestFraction = result.GetValue(testFraction),
            Seed = result.GetValue(seed),
            Flips = !result.GetValue(noFlip),
            SkipsUnreadable = result.GetValue(skipUnreadable),
        };
    }

    private void CheckTogether(CommandResult result)
    {
        // What is no backbone at all has its own message.
        bool isSmall = result.GetResult(backbone) is { } given
            ? given.Tokens is [{ Value: BackboneChoice.Small }]
            : result.GetResult(weights) is null;
        if (isSmall && result.GetResult(weights) is not null)
        {
            result.AddError($"There are no published weights for '{BackboneChoice.Small}': leave '--weights' out, or name a published '--backbone'.");
        }

        if (isSmall && result.GetResult(width) is not null)
        {
            result.AddError($"'--width' is for published networks: name one by '--backbone', or leave it out.");
        }
    }

    private static string? ParseBackbone(ArgumentResult result)
    {
        string name = result.Tokens[0].Value;
        if (!BackboneChoice.IsKnown(name))
        {
            result.AddError($"There is no backbone '{name}'. Known: {BackboneChoice.Small}, {string.Join(", ", BackboneChoice.Published)}.");
        }

        return name;
    }
}
