namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>Which operators files may have.</summary>
internal static class OperatorRules
{
    internal static bool IsControlFlow(string operation) => operation is "If" or "Loop" or "Scan" or "SequenceMap";

    /// <exception cref="RefusedModelException">The domain is not ONNX's own, and the application has not allowed it.</exception>
    internal static void CheckDomain(string domain, ModelFileLimits limits)
    {
        if (domain is not ("" or "ai.onnx") && !limits.AllowedOperatorDomains.Contains(domain))
        {
            throw new RefusedModelException(
                $"it has operators of the domain '{domain}', but only ONNX's own are accepted. If the file is to be trusted, add the domain to {nameof(ModelFileLimits)}.{nameof(ModelFileLimits.AllowedOperatorDomains)}");
        }
    }

    /// <exception cref="RefusedModelException">The node is not accepted.</exception>
    internal static void Check(NodeOutline node, ModelFileLimits limits)
    {
        CheckDomain(node.Domain, limits);
        if (node.IsStandard && IsControlFlow(node.OpType))
        {
            throw new RefusedModelException($"it has the node {node}. Control flow is not run from model zips");
        }
    }
}
