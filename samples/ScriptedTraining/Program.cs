using System.Text;
using ScriptedTraining;

// A network's summary has lines drawn with characters beyond ASCII.
Console.OutputEncoding = Encoding.UTF8;
return await CommandLine.RunAsync(args, Console.Out, Console.Error);
