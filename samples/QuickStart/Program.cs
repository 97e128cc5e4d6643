using QuickStart;

// Without arguments: trains three networks inside ML.NET pipelines and saves each as a model zip.
// With "predict <sample> <zip>": loads a zip and predicts. The first process starts itself again so for each zip, to
// show that a model needs nothing of the process that trained it.
switch (args)
{
    case []:
        IrisSample.Run();
        DigitsSample.Run();
        AirlineSample.Run();
        return 0;
    case ["predict", "iris", string zip]:
        IrisSample.Predict(zip);
        return 0;
    case ["predict", "digits", string zip]:
        DigitsSample.Predict(zip);
        return 0;
    case ["predict", "airline", string zip]:
        AirlineSample.Predict(zip);
        return 0;
    default:
        Console.Error.WriteLine("usage: QuickStart [predict iris|digits|airline <model.zip>]");
        return 2;
}
