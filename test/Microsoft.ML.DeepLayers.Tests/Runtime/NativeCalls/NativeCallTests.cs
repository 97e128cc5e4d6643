using Mono.Cecil;

namespace Microsoft.ML.DeepLayers.Tests.Runtime.NativeCalls;

/// <summary>
/// Reads the IL of the library and of TorchSharp. TorchSharp does not keep a <c>Scalar</c> or <c>Generator</c> alive while libtorch
/// reads it, and some of its entry points let exceptions of libtorch through, which ends the process. Both are properties of
/// calls, so that they are found without running them.
/// </summary>
[TestClass]
public sealed class NativeCallTests
{
    private static readonly string[] Assemblies =
        ["Microsoft.ML.DeepLayers", "Microsoft.ML.DeepLayers.Vision", "Microsoft.ML.DeepLayers.Reporting", "Microsoft.ML.DeepLayers.Loader"];

    /// <summary>Calls that may drop a handle owner by the chain of calls, and why they do not.</summary>
    private static readonly Dictionary<(string Caller, string Owner), string> KnownDrops = new()
    {
        [("PackedRecurrence", HandleOwners.Scalar)] = "A script makes Scalars of numbers among its arguments; these are tensors alone.",
        [("ModuleHolder", HandleOwners.Scalar)] = "It runs modules of users; docs/own-layers.md says which of TorchSharp's make Scalars.",
    };

    private static readonly ProgramCode Code = new(AppContext.BaseDirectory);
    private static readonly Lazy<TorchSharpCode> TorchSharp = new(() => new TorchSharpCode(Code));
    private static readonly Lazy<EntryPointList> Uncaught =
        new(() => new EntryPointList(Path.Combine(AppContext.BaseDirectory, "Runtime", "NativeCalls", "EntryPointsWithoutCatch.txt")));
    private static readonly Lazy<MethodDefinition[]> Ours = new(() =>
    [
        .. Assemblies.SelectMany(name => ProgramCode.Methods(Code.Load(name))),
        // The layer of the sample and the snippets of the guides, which the tests compile.
        .. ProgramCode.Methods(Code.Load("Microsoft.ML.DeepLayers.Tests")).Where(method => ClassOf(method) is "GaussianUnits" or nameof(Documentation.OwnLayerSnippets)),
    ]);

    [TestMethod]
    public void Numbers_become_Scalars_in_TensorOperations_alone_and_are_disposed_there()
    {
        HandleOwners owners = TorchSharp.Value.Owners;
        owners.AddMakers(Code.Load(Assemblies[0]));
        AssertNone(
            from method in Ours.Value
            from call in ProgramCode.Calls(method)
            where owners.Made(call.Place, call.Callee) == HandleOwners.Scalar
            let outside = !(ClassOf(method) is nameof(TensorOperations) or nameof(Number) or nameof(Documentation.OwnLayerSnippets))
            let fate = HandleOwners.FateOf(method, call.Place)
            where outside || !(fate is Fate.Disposed || (ClassOf(method), fate) is (nameof(Number), Fate.Returned)
                || fate == Fate.InStaticField && method.IsConstructor)
            select $"{ProgramCode.Name(method)} calls {ProgramCode.Name(call.Callee)}: "
                + (outside ? "write x.Multiply(2), x.Add(y), x.Square() or another of TensorOperations" : $"the Scalar is {fate}; declare it with using"));
        Assert.AreEqual(
            1, Code.Load(Assemblies[0]).MainModule.GetType("Microsoft.ML.DeepLayers.TensorOperations").Fields.Count(field => field.FieldType.FullName == HandleOwners.Scalar),
            "TensorOperations keeps the Scalar 1 and no other");
    }

    [TestMethod]
    public void Other_owners_of_native_memory_are_kept_alive() => AssertNone(
        from method in Ours.Value
        from call in ProgramCode.Calls(method)
        let owner = TorchSharp.Value.Owners.Made(call.Place, call.Callee)
        where owner is not null && owner != HandleOwners.Scalar && HandleOwners.FateOf(method, call.Place) == Fate.Dropped
        select $"{ProgramCode.Name(method)} calls {ProgramCode.Name(call.Callee)} and drops the {owner}: declare it with using");

    [TestMethod]
    public void Members_of_TorchSharp_that_drop_a_Scalar_or_Generator_are_not_called() => AssertNone(
        from call in CallsOfTorchSharp()
        let chain = TorchSharp.Value.ChainToDropped(call.Callee)
        where chain is not null && !KnownDrops.ContainsKey((ClassOf(call.Caller), chain[(chain.LastIndexOf(' ') + 1)..]))
        select $"{ProgramCode.Name(call.Caller)} calls {chain}: write an operation of TensorOperations");

    [TestMethod]
    public void Entry_points_that_let_exceptions_through_are_not_reached()
    {
        var reached = new Dictionary<MethodDefinition, (string EntryPoint, string Chain)[]>();
        HashSet<string> names = [.. Uncaught.Value.Names];
        (MethodDefinition Caller, MethodDefinition Callee)[] calls = [.. CallsOfTorchSharp()];
        foreach (MethodDefinition callee in calls.Select(call => call.Callee).Distinct())
        {
            reached.Add(callee, [.. TorchSharp.Value.EntryPoints(callee).Where(end => names.Contains(end.EntryPoint))]);
        }

        AssertNone(
            from call in calls
            from end in reached[call.Callee]
            where !Uncaught.Value.Allows(end.EntryPoint, ClassOf(call.Caller))
            select $"{ProgramCode.Name(call.Caller)} reaches {end.EntryPoint}, which may throw and does not catch: {end.Chain}");
    }

    [TestMethod]
    public void The_list_of_entry_points_was_read_from_this_version()
    {
        Assert.AreEqual(
            TorchSharp.Value.Version, Uncaught.Value.Version,
            "EntryPointsWithoutCatch.txt is of another version of TorchSharp. Read its C++ sources again.");
        string[] known = [.. ProgramCode.Types(TorchSharp.Value.Assembly).SelectMany(type => type.Methods).Where(method => method.HasPInvokeInfo).Select(method => method.PInvokeInfo.EntryPoint)];
        Assert.IsGreaterThan(1000, known.Length);
        Assert.IsGreaterThan(100, Uncaught.Value.Names.Count(known.Contains), "the names are those of TorchSharp's native library");
    }

    /// <summary>What is known of TorchSharp, so that the analysis cannot go blind.</summary>
    [TestMethod]
    public void The_analysis_tells_safe_members_from_unsafe_ones()
    {
        Assert.IsNotNull(Chain("square"), "makes a Scalar of 2");
        Assert.IsNotNull(Chain("add", "Tensor"), "makes a Scalar of 1");
        Assert.IsNotNull(Chain("op_Addition", "Tensor", "Tensor"), "calls add");
        Assert.IsNull(Chain("mul", "Tensor"), "has no number");
        Assert.IsNull(Chain("mul", "Scalar"), "leaves the Scalar to its caller");
        Assert.IsNull(TorchSharp.Value.ChainToDropped(Find("TorchSharp.torch/nn/functional", "hardshrink", "Tensor", "Double")), "disposes its Scalar");
        StringAssert.Contains(TorchSharp.Value.Dropping.Where(method => method.Name == "get_rng_state").Select(TorchSharp.Value.ChainToDropped).First(), "Generator");
        CollectionAssert.Contains(Ends("matmul", "Tensor"), "THSTensor_matmul");
        CollectionAssert.IsSubsetOf(new[] { "THSTensor_bmm" }, Ends("bmm", "Tensor"));
        CollectionAssert.IsSubsetOf(
            new[] { HandleOwners.Scalar, "TorchSharp.torch/Generator", "TorchSharp.torch/jit/CompilationUnit" }, TorchSharp.Value.Owners.Names.ToArray());

        MethodDefinition Find(string type, string name, params string[] parameters) => ProgramCode.Types(TorchSharp.Value.Assembly).Single(one => one.FullName == type).Methods
            .First(method => method.Name == name && method.Parameters.Select(parameter => parameter.ParameterType.Name).SequenceEqual(parameters));
        string? Chain(string name, params string[] parameters) => TorchSharp.Value.ChainToDropped(Find("TorchSharp.torch/Tensor", name, parameters));
        string[] Ends(string name, params string[] parameters) =>
            [.. TorchSharp.Value.EntryPoints(Find("TorchSharp.torch/Tensor", name, parameters)).Select(end => end.EntryPoint)];
    }

    private static IEnumerable<(MethodDefinition Caller, MethodDefinition Callee)> CallsOfTorchSharp() =>
        from method in Ours.Value
        from call in ProgramCode.Calls(method)
        where call.Callee.DeclaringType.Scope.Name == "TorchSharp"
        select (method, Code.Resolve(call.Callee) ?? throw new InvalidOperationException($"TorchSharp has no {call.Callee.FullName}."));

    /// <summary>The name of a method's class; of a closure, that of the class around it.</summary>
    private static string ClassOf(MethodDefinition method)
    {
        TypeDefinition type = method.DeclaringType;
        while (type.Name.StartsWith('<') && type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type.Name;
    }

    private static void AssertNone(IEnumerable<string> faults)
    {
        string[] all = [.. faults.Distinct()];
        Assert.IsEmpty(all, $"{all.Length} unsafe calls:{Environment.NewLine}{string.Join(Environment.NewLine, all)}");
    }
}
