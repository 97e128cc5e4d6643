using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Looks on at every step of a training. What it is given is valid during the call only, and must not be changed.</summary>
internal interface IStepObserver
{
    /// <summary>Whether it wants to see what the layers gave: all of that is then kept until it has.</summary>
    bool LooksAtValues { get; }

    /// <summary>What the layers gave; called only where it wants to see that.</summary>
    /// <param name="batch">The examples.</param>
    /// <param name="values">The outputs of each node of the graph.</param>
    void OnForward(BatchTensorSet batch, IReadOnlyList<Tensor>[] values);

    /// <summary>What came of it, before a step is taken.</summary>
    /// <param name="outcome">Outputs and losses.</param>
    /// <param name="parameters">The weights, and the gradients that wait for a step.</param>
    void OnBackward(StepOutcome outcome, ParameterBuffer parameters);

    /// <summary>A step was taken.</summary>
    /// <param name="parameters">The weights.</param>
    void OnStep(ParameterBuffer parameters);
}
