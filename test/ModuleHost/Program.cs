using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using ModuleHost;
using TorchSharp;

// ModuleHost score <model.zip> <data.idv> <scored.idv>: a service that knows the module.
// ModuleHost forgotten <model.zip> <data.idv>: one that did not register it.
var ml = new MLContext();
switch (args)
{
    case ["score", string zip, string data, string scored]:
        ITransformer model = ml.Model.Load(zip, out _);
        Network.RegisterModule(TestModules.Tower, TestModules.MakeTower);
        Network.RegisterModule(TestModules.Sequence, TestModules.MakeSequence);
        using (FileStream stream = File.Create(scored))
        {
            ml.Data.SaveAsBinary(model.Transform(ml.Data.LoadFromBinary(data)), stream);
        }

        return 0;
    case ["forgotten", string zip, string data]:
        ITransformer loaded = ml.Model.Load(zip, out _);
        Network.RegisterModule("another", () => torch.nn.ReLU());
        try
        {
            loaded.Transform(ml.Data.LoadFromBinary(data)).Preview();
            return 1;
        }
        catch (InvalidOperationException exception)
        {
            Console.WriteLine(exception.Message);
            return 0;
        }

    default:
        Console.Error.WriteLine("usage: ModuleHost score <model.zip> <data.idv> <scored.idv> | forgotten <model.zip> <data.idv>");
        return 2;
}
