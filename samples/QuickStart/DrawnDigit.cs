namespace QuickStart;

/// <summary>One drawn digit, with the hand that drew it.</summary>
/// <param name="Pixels">28 rows of 28 grey values, 0 (paper) to 1 (ink); one channel, so the shape is [28, 28, 1].</param>
/// <param name="Digit">0 to 9.</param>
/// <param name="Hand">Whose handwriting it is, an index below <see cref="DrawnDigits.HandCount"/>.</param>
public sealed record DrawnDigit(float[] Pixels, int Digit, int Hand);
