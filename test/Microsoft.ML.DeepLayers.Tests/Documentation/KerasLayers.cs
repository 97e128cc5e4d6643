namespace Microsoft.ML.DeepLayers.Tests.Documentation;

/// <summary>What Keras 3 offers, by name, and why a few of its names have no layer here.</summary>
internal static class KerasLayers
{
    private const string Later = "Not built yet.";
    private const string Text = "Its input is text, which ML.NET's text transforms turn into numbers before the network.";
    private const string Sound = "Signal processing before the network.";
    private const string Foreign = "`Network.FromModule` brings modules of TorchSharp.";

    /// <summary>The public layers of <c>keras.layers</c>, in Keras's groups.</summary>
    public static IReadOnlyList<(string Group, string[] Names)> Groups { get; } =
    [
        ("Core", Names("Input Dense EinsumDense Embedding ReversibleEmbedding TernaryDense Identity Masking Lambda Wrapper Layer")),
        ("Activations", Names("Activation ReLU LeakyReLU PReLU ELU Softmax")),
        ("Convolutions", Names("Conv1D Conv2D Conv3D SeparableConv1D SeparableConv2D DepthwiseConv1D DepthwiseConv2D Conv1DTranspose Conv2DTranspose Conv3DTranspose")),
        ("Pooling", Names(
            "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D " +
            "GlobalMaxPooling3D GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D " +
            "AdaptiveMaxPooling3D AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D")),
        ("Recurrent", Names(
            "SimpleRNN SimpleRNNCell LSTM LSTMCell GRU GRUCell RNN StackedRNNCells Bidirectional TimeDistributed ConvLSTM1D ConvLSTM2D ConvLSTM3D")),
        ("Normalization", Names("BatchNormalization LayerNormalization GroupNormalization RMSNormalization UnitNormalization SpectralNormalization")),
        ("Regularization", Names(
            "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise AlphaDropout ActivityRegularization")),
        ("Attention", Names("Attention AdditiveAttention MultiHeadAttention GroupQueryAttention")),
        ("Merging", Names("Add Subtract Multiply Average Maximum Minimum Concatenate Dot")),
        ("Reshaping", Names(
            "Flatten Permute Reshape RepeatVector Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D ZeroPadding3D UpSampling1D " +
            "UpSampling2D UpSampling3D ReconstructPatches2D ReconstructPatches3D")),
        ("Preprocessing", Names(
            "Normalization Discretization CategoryEncoding Hashing HashedCrossing IntegerLookup StringLookup TextVectorization Rescaling " +
            "MelSpectrogram STFTSpectrogram Pipeline FeatureSpace")),
        ("Images", Names(
            "Resizing CenterCrop RandomCrop RandomResizedCrop RandomFlip RandomRotation RandomTranslation RandomZoom RandomShear RandomPerspective " +
            "RandomElasticTransform RandomErasing RandomBrightness RandomContrast RandomSaturation RandomHue RandomColorJitter " +
            "RandomColorDegeneration RandomGrayscale RandomInvert RandomPosterization RandomSharpness RandomGaussianBlur Solarization " +
            "AutoContrast Equalization ContrastLimitedAdaptiveHistogramEqualization RandAugment AugMix MixUp CutMix MaxNumBoundingBoxes")),
        ("Other frameworks", Names("TFSMLayer JaxLayer FlaxLayer TorchModuleWrapper")),
    ];

    /// <summary>Other names that Keras has for the same layers.</summary>
    public static IReadOnlyDictionary<string, string> Aliases { get; } = new Dictionary<string, string>
    {
        ["InputLayer"] = "Input",
        ["Convolution1D"] = "Conv1D",
        ["Convolution2D"] = "Conv2D",
        ["Convolution3D"] = "Conv3D",
        ["Convolution1DTranspose"] = "Conv1DTranspose",
        ["Convolution2DTranspose"] = "Conv2DTranspose",
        ["Convolution3DTranspose"] = "Conv3DTranspose",
        ["SeparableConvolution1D"] = "SeparableConv1D",
        ["SeparableConvolution2D"] = "SeparableConv2D",
        ["MaxPool1D"] = "MaxPooling1D",
        ["MaxPool2D"] = "MaxPooling2D",
        ["MaxPool3D"] = "MaxPooling3D",
        ["AvgPool1D"] = "AveragePooling1D",
        ["AvgPool2D"] = "AveragePooling2D",
        ["AvgPool3D"] = "AveragePooling3D",
        ["GlobalMaxPool1D"] = "GlobalMaxPooling1D",
        ["GlobalMaxPool2D"] = "GlobalMaxPooling2D",
        ["GlobalMaxPool3D"] = "GlobalMaxPooling3D",
        ["GlobalAvgPool1D"] = "GlobalAveragePooling1D",
        ["GlobalAvgPool2D"] = "GlobalAveragePooling2D",
        ["GlobalAvgPool3D"] = "GlobalAveragePooling3D",
    };

    /// <summary>Why a name of Keras has no layer here.</summary>
    public static IReadOnlyDictionary<string, string> Missing { get; } = new Dictionary<string, string>
    {
        ["Lambda"] = "Code cannot be written into a model. A layer of your own derives from `Layer`.",
        ["Wrapper"] = "The base class of layers around a layer; here `Layer` is the base class of all.",
        ["Layer"] = "The base class: `Layer`, or `SingleInputLayer` for one input and one output.",
        ["ReversibleEmbedding"] = Later,
        ["TernaryDense"] = Later,
        ["ConvLSTM3D"] = Later,
        ["ReconstructPatches2D"] = Later,
        ["ReconstructPatches3D"] = Later,
        ["StringLookup"] = Text,
        ["TextVectorization"] = Text,
        ["MelSpectrogram"] = Sound,
        ["STFTSpectrogram"] = Sound,
        ["Pipeline"] = "`Sequential` is a layer of layers, too.",
        ["FeatureSpace"] = "An ML.NET pipeline brings columns together before the network.",
        ["ContrastLimitedAdaptiveHistogramEqualization"] = Later,
        ["MixUp"] = "It mixes labels too, so it is an option of training: `MixUpAlpha`.",
        ["CutMix"] = "It mixes labels too, so it is an option of training: `CutMixAlpha`.",
        ["MaxNumBoundingBoxes"] = "There are no bounding boxes.",
        ["TFSMLayer"] = Foreign,
        ["JaxLayer"] = Foreign,
        ["FlaxLayer"] = Foreign,
        ["TorchModuleWrapper"] = Foreign,
    };

    /// <summary>The functions of <c>keras.activations</c>.</summary>
    public static IReadOnlyList<string> Activations { get; } = Names(
        "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6 " +
        "selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus tanh tanh_shrink threshold");

    private static string[] Names(string names) => names.Split(' ');
}
