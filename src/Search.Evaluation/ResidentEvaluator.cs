using Search.Checkpoints;
using Search.Evaluation.Torch;
using Search.Merging;
using Search.Native;
using Search.Native.Torch;

namespace Search.Evaluation;

/// <summary>
/// A torch evaluator that keeps the base and the task vectors on its device. An expert takes part even with weight zero: what is not
/// finite in it stays so.
/// </summary>
public sealed class ResidentEvaluator : IMergingEvaluator
{
    private readonly TorchEvaluator _engine;
    private readonly ResidentVectors _vectors;

    /// <summary>Copies the vectors to the evaluator's device.</summary>
    /// <param name="engine">The evaluator; owned from here on when this succeeds.</param>
    /// <param name="vectors">The base and the task vectors; not needed afterwards.</param>
    /// <param name="storage">F32, or BF16 or F16, which round the task vectors; sums are float32 in any case.</param>
    /// <exception cref="SearchException">The device has no room for them.</exception>
    public ResidentEvaluator(TorchEvaluator engine, TaskVectors vectors, TensorType storage)
    {
        try
        {
            _vectors = new ResidentVectors(vectors, engine.Device, storage switch
            {
                TensorType.F32 => TorchType.Float32,
                TensorType.BF16 => TorchType.BFloat16,
                TensorType.F16 => TorchType.Float16,
                _ => throw new ArgumentOutOfRangeException(nameof(storage), storage, "must be F32, BF16 or F16"),
            });
        }
        catch (NativeException exception)
        {
            throw new SearchException($"the base and {vectors.Experts} task vectors do not fit on {engine.Device}: {exception.Message}", exception);
        }

        _engine = engine;
    }

    /// <inheritdoc />
    public string Engine => _engine.Engine;

    /// <inheritdoc />
    public string Device => _engine.Device;

    /// <inheritdoc />
    public string Version => _engine.Version;

    /// <inheritdoc />
    public IReadOnlyList<string> Notes => _engine.Notes;

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => _engine.Evaluate(weights, role, cancellationToken);

    /// <inheritdoc />
    public EvaluationResult Evaluate(MergeWeights candidate, DataRole role, CancellationToken cancellationToken) => _engine.Evaluate(_vectors, candidate, role, cancellationToken);

    /// <inheritdoc />
    public EvaluationResult EvaluateGradient(
        MergeWeights candidate, DataRole role, ExampleDraw? draw, Objective objective, MergeGradient gradient, CancellationToken cancellationToken) =>
        _engine.EvaluateGradient(_vectors, candidate, role, draw, objective, gradient, cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        _vectors.Dispose();
        _engine.Dispose();
    }
}
