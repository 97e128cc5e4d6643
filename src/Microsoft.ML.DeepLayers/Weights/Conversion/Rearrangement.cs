namespace Microsoft.ML.DeepLayers.Weights.Conversion;

/// <summary>
/// How the numbers of a weight are placed in another framework: as they are, or with axes and gates in another order.
/// Each of theirs is one of ours, so it works both ways.
/// </summary>
internal sealed class Rearrangement
{
    /// <summary>For each place of theirs, the place of ours; nothing where they are the same.</summary>
    private readonly int[]? places;

    private Rearrangement(Shape foreign, string description, int[]? places)
    {
        Foreign = foreign;
        Description = description;
        this.places = places;
    }

    /// <summary>Their shape.</summary>
    internal Shape Foreign { get; }

    /// <summary>What is done, e.g. <c>transposed</c>.</summary>
    internal string Description { get; }

    /// <summary>The same numbers in the same order.</summary>
    internal static Rearrangement None(Shape foreign) => new(foreign, "as it is", null);

    /// <summary>A matrix turned over.</summary>
    internal static Rearrangement Transposed(Shape ours) => Permuted([.. ours], [1, 0], new Shape(ours[1], ours[0]), "transposed");

    /// <summary>Axes in another order.</summary>
    /// <param name="view">Our dimensions, perhaps finer than the weight's own.</param>
    /// <param name="axes">For each of their axes, ours.</param>
    /// <param name="foreign">Their shape, which may be coarser.</param>
    /// <param name="description">What is done.</param>
    /// <param name="blocks">For each of their positions along our first axis, ours; nothing for the same.</param>
    internal static Rearrangement Permuted(int[] view, int[] axes, Shape foreign, string description, int[]? blocks = null)
    {
        int[] strides = new int[view.Length];
        for (int axis = view.Length - 1, step = 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= view[axis];
        }

        int[] places = new int[foreign.Size];
        int[] index = new int[view.Length];
        bool isSame = true;
        for (int i = 0; i < places.Length; i++)
        {
            int place = 0;
            for (int axis = 0; axis < axes.Length; axis++)
            {
                int position = index[axis];
                place += strides[axes[axis]] * (axes[axis] == 0 && blocks is not null ? blocks[position] : position);
            }

            places[i] = place;
            isSame &= place == i;
            for (int axis = axes.Length - 1; axis >= 0 && ++index[axis] == view[axes[axis]]; axis--)
            {
                index[axis] = 0;
            }
        }

        return new Rearrangement(foreign, description, isSame ? null : places);
    }

    /// <summary>Puts our numbers into their places.</summary>
    internal float[] ToForeign(float[] ours) => places is null ? ours : Array.ConvertAll(places, place => ours[place]);

    /// <summary>Puts their numbers into our places.</summary>
    internal float[] ToOurs(float[] foreign)
    {
        if (places is null)
        {
            return foreign;
        }

        float[] ours = new float[foreign.Length];
        for (int i = 0; i < places.Length; i++)
        {
            ours[places[i]] = foreign[i];
        }

        return ours;
    }
}
