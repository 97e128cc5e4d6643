using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>What a user did wrong is said by name, before anything native runs.</summary>
[TestClass]
public sealed class TrainerErrorTests
{
    [TestMethod]
    public void Multiclass_label_that_is_no_key_says_how_to_map_it() => Fails<ArgumentException>(
        ml => ml.MulticlassClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Class")),
        "Label column 'Class' is of type String", "MapValueToKey");

    [TestMethod]
    public void Binary_label_that_is_text_is_refused() => Fails<ArgumentException>(
        ml => ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Class")),
        "Label column 'Class'", "boolean");

    [TestMethod]
    public void Regression_label_that_is_boolean_is_refused() => Fails<ArgumentException>(
        ml => ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Flag")),
        "Label column 'Flag'", "number");

    [TestMethod]
    public void Missing_label_lists_the_columns() => Fails<ArgumentException>(
        ml => ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Price")),
        "Label column 'Price' is not in the data", "Number, Flag, Class");

    [TestMethod]
    public void Text_features_are_refused_with_advice()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Number");
        options.FeatureColumnName = "Class";
        Fails<ArgumentException>(
            ml => ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options), "Feature column 'Class'", "OneHotEncoding");
    }

    [TestMethod]
    public void Missing_weight_column_is_named()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Number");
        options.ExampleWeightColumnName = "Importance";
        Fails<ArgumentException>(ml => ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options), "Weight column 'Importance'");
    }

    [TestMethod]
    public void Features_of_variable_size_are_refused()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable([new Variable { Features = [1, 2], Number = 1 }]);
        NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Number"));
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(data));
        Assert.Contains("variable size", exception.Message);
        Assert.Contains("'Features'", exception.Message);
    }

    [TestMethod]
    public void A_key_of_three_is_no_binary_label()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml);
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(data).Transform(data);
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() =>
            ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Label")).Fit(keyed));
        Assert.Contains("key of 3 values", exception.Message);
    }

    [TestMethod]
    public void A_body_that_does_not_end_in_a_vector_says_what_to_add() => Fails<InvalidOperationException>(
        ml => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Reshape(2, 2), new Dense(3) }, TrainerPipelines.Options("Number")),
        "'dense'", "[2, 3]", "Flatten");

    [TestMethod]
    public void An_own_output_layer_of_the_wrong_width_is_refused()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Number");
        options.AddOutputLayer = false;
        Fails<InvalidOperationException>(
            ml => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(3) }, options), "3 units", "needs 1");
    }

    [TestMethod]
    public void Input_of_another_size_names_column_and_shapes() => Fails<LayerShapeException>(
        ml => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Input(5), new Dense(3) }, TrainerPipelines.Options("Number")),
        "[5]", "[4]", "'Features'");

    [TestMethod]
    [DataRow(0, 32, 0f)]
    [DataRow(1, 0, 0f)]
    [DataRow(1, 32, 1f)]
    [DataRow(1, 32, -0.1f)]
    public void Options_outside_their_range_are_refused_at_once(int epochs, int batchSize, float validationFraction)
    {
        var ml = new MLContext();
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ml.Regression.Trainers.NeuralNetwork(
            TrainerPipelines.Network, epochs: epochs, batchSize: batchSize, validationFraction: validationFraction));
    }

    [TestMethod]
    public void Validation_data_with_other_columns_is_refused()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 64);
        IDataView other = ml.Transforms.Concatenate("Features", "Features", "Weight").Fit(data).Transform(data);
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => TrainerPipelines.Regression(ml).Fit(data, other));
        Assert.Contains("validation data", exception.Message);
        Assert.Contains("5 values", exception.Message);
    }

    /// <summary>The schema check of a chain, which has no data, must complain as Fit does, where types alone tell.</summary>
    private static void Fails<TException>(Func<MLContext, NeuralNetworkTrainer> trainer, params string[] parts)
        where TException : Exception
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 64);
        TException exception = Assert.ThrowsExactly<TException>(() => trainer(ml).Fit(data));
        foreach (string part in parts)
        {
            Assert.Contains(part, exception.Message);
        }

        if (typeof(TException) == typeof(ArgumentException))
        {
            Exception inChain = Assert.Throws<Exception>(() => ml.Transforms.CopyColumns("Copy", "Id").Append(trainer(ml)).Fit(data));
            Assert.Contains(parts[0], inChain.Message);
        }
    }

    private sealed class Variable
    {
        public float[] Features { get; set; } = [];

        public float Number { get; set; }
    }
}
