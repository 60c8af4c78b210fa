using System.Numerics.Tensors;
using Search.Checkpoints;
using Search.Yaml;

namespace Search.Merging.Sparsifiers;

/// <summary>Multiplies each task vector by a mask from a file: 0 or 1 an element, or a number between them.</summary>
/// <param name="Rescale">What the rest is multiplied by, tensor by tensor.</param>
/// <param name="Masks">The experts' masks: checkpoints, whatever their element type, that have a tensor of the shape of each that merges.</param>
public sealed record GivenMaskSparsifier(Rescale Rescale, SettingFiles Masks) : Sparsifier
{
    /// <summary>The setting that names the files.</summary>
    public const string Key = "masks";

    /// <inheritdoc/>
    public override SettingFiles Files => Masks;

    /// <inheritdoc/>
    public override Sparsify Open(TaskVectors vectors)
    {
        Checkpoint[] files = Masks.OfExperts("masked", vectors.Family, Key);
        IReadOnlyList<WeightSlot> tensors = vectors.Layout.Tensors;
        TensorInfo?[][] masks = [.. files.Select((file, k) => tensors.Select((tensor, t) => vectors.Family.IsMerged[t] ? Find(file, vectors.Names[k], tensor) : null).ToArray())];
        return (vector, tensor, values) => Apply(files[vector], masks[vector][tensor]!, vectors.Names[vector], values);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("rescale", YamlText.Word(Rescale))];

    private static string Place(Checkpoint file, string expert, string tensor) => $"masked: the mask of expert {expert} ({file.Path}): '{tensor}'";

    private static TensorInfo Find(Checkpoint file, string expert, WeightSlot tensor)
    {
        TensorInfo mask = file.Find(tensor.Name)
            ?? throw new MergeException($"{Place(file, expert, tensor.Name)} is missing{NearestName.Hint(tensor.Name, file.Tensors.Select(other => other.Name))}.");
        return mask.Shape.SequenceEqual(tensor.Shape)
            ? mask
            : throw new MergeException($"{Place(file, expert, tensor.Name)} must be of shape [{string.Join(", ", tensor.Shape)}], got {mask.ShapeText}.");
    }

    private void Apply(Checkpoint file, TensorInfo tensor, string expert, Span<float> values)
    {
        float[] mask = file.ReadFloats(tensor);
        int broken = Array.FindIndex(mask, value => !(value is >= 0 and <= 1));
        if (broken >= 0)
        {
            throw new MergeException($"{Place(file, expert, tensor.Name)} must be from 0 to 1, got {mask[broken]} at element {broken}.");
        }

        double sum = MagnitudeSum.Of(values);
        TensorPrimitives.Multiply(values, mask, values);
        if (Rescale == Rescale.L1)
        {
            MagnitudeSum.Restore(values, sum);
        }
        else if (Rescale == Rescale.Expectation && MagnitudeSum.Of(mask) is > 0 and var left)
        {
            TensorPrimitives.Multiply(values, (float)(mask.Length / left), values);
        }
    }
}
