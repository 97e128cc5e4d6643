using QuickStart.Handwriting;

namespace QuickStart;

/// <summary>
/// Draws labelled digit images, so that the sample needs no download. Every hand has its own outlines of the ten digits
/// (open or closed 4, crossed 7, looped 2, ...), and no two images of a hand are alike. A model is tested on hands that
/// it has never seen, as it would meet them in use.
/// </summary>
public static class DrawnDigits
{
    /// <summary>Width and height of an image in pixels.</summary>
    public const int Side = Canvas.Side;

    public static int HandCount => Hand.All.Count;

    /// <summary>The hands to learn from.</summary>
    public static IReadOnlyList<int> TrainingHands { get; } = [0, 1, 2, 3, 4, 5, 6, 7];

    /// <summary>The hands to test on.</summary>
    public static IReadOnlyList<int> HeldOutHands { get; } = [8, 9];

    /// <summary>
    /// Draws <paramref name="count"/> images, the digits in turn and the hands at random. The same seed gives the same
    /// images each time that the sequence is enumerated.
    /// </summary>
    public static IEnumerable<DrawnDigit> Draw(int count, IReadOnlyList<int> hands, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentNullException.ThrowIfNull(hands);
        if (hands.Count == 0 || hands.Any(hand => hand < 0 || hand >= HandCount))
        {
            throw new ArgumentException($"Name at least one hand, each from 0 to {HandCount - 1}.", nameof(hands));
        }

        return DrawAll();

        IEnumerable<DrawnDigit> DrawAll()
        {
            var random = new Random(seed);
            var canvas = new Canvas();
            for (int i = 0; i < count; i++)
            {
                int digit = i % 10;
                int hand = hands[random.Next(hands.Count)];
                yield return new DrawnDigit(Writer.Write(Hand.All[hand], digit, canvas, random), digit, hand);
            }
        }
    }
}
