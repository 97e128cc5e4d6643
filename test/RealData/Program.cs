using RealData;
using RealData.Sets;

// Without arguments: all data sets, tables first. With arguments: those named.
Experiment[] experiments =
[
    new("banknote", "banknote", Banknote.Run),
    new("phoneme", "phoneme", Phoneme.Run),
    new("magic-gamma", "magic-gamma", MagicGamma.Run),
    new("wine-quality", "wine-quality", WineQuality.Run),
    new("higgs-7k", "higgs-7k", Higgs.Run),
    new("california-housing", "california-housing", CaliforniaHousing.Run),
    new("adult", "adult", Adult.Run),
    new("airline", "small-series", Airline.Run),
    new("italy-power-demand", "ucr", ItalyPowerDemand.Run),
    new("basic-motions", "ucr", BasicMotions.Run),
    new("gun-point", "ucr", GunPoint.Run),
    new("etth1", "ett", Etth1.Run),
    new("rt-polarity", "rt-polarity", RtPolarity.Run),
    new("mnist-mlp", "mnist", MnistMlp.Run),
    new("phalanges", "ucr", PhalangesOutlines.Run),
    new("imdb", "imdb", Imdb.Run),
    new("mnist-cnn", "mnist", MnistCnn.Run),
    new("cifar10-jpg", "cifar10-jpg", Cifar10.Run),
];

if (args.Except(experiments.Select(experiment => experiment.Name)).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}' is none of the data sets: {string.Join(", ", experiments.Select(experiment => experiment.Name))}");
    return 2;
}

var results = new List<Result>();
bool failed = false;
foreach (Experiment experiment in experiments.Where(experiment => args.Length == 0 || args.Contains(experiment.Name)))
{
    failed |= !experiment.TryRun(results);
}

ResultTable.Print(results);
return failed ? 1 : 0;
