namespace RealData;

/// <summary>A line of the table.</summary>
/// <param name="Set">The data set.</param>
/// <param name="Network">The network in a few words.</param>
/// <param name="Ours">Our figure, with its measure.</param>
/// <param name="Published">The figure to compare with, and whose.</param>
/// <param name="Protocol">The split and the options.</param>
/// <param name="Training">What training cost.</param>
internal sealed record Result(string Set, string Network, string Ours, string Published, string Protocol, string Training);
