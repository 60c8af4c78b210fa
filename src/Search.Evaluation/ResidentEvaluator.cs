using System.Diagnostics;
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
    private readonly TaskVectors _source;
    private readonly ResidentVectors _vectors;
    private readonly Lazy<WeightSet> _onHost; // for merges that are not sums of these vectors

    private ResidentEvaluator(TorchEvaluator engine, TaskVectors source, ResidentVectors vectors)
    {
        _engine = engine;
        _source = source;
        _vectors = vectors;
        _onHost = new(() => new WeightSet(source.Layout));
    }

    /// <summary>Puts the task vectors where a study wants them.</summary>
    /// <param name="evaluator">Scores candidates; owned by the result when this succeeds.</param>
    /// <param name="vectors">What candidates weigh.</param>
    /// <param name="place"><c>host</c>; <c>float32</c>, <c>bfloat16</c> or <c>float16</c>, in which task vectors are kept on the device (the base is float32 and so are sums); or <c>auto</c>: <c>float32</c> on a CUDA device that has room, else <c>host</c>.</param>
    /// <param name="note">Hears why <c>auto</c> stays on the host although there is a device.</param>
    /// <returns>The evaluator as it was, or one that merges on its device.</returns>
    /// <exception cref="SearchException">The evaluator has no such place, or no room.</exception>
    public static IEvaluator Place(IEvaluator evaluator, TaskVectors vectors, string place, Action<string> note)
    {
        TorchType? storage = place switch
        {
            "float32" => TorchType.Float32,
            "bfloat16" => TorchType.BFloat16,
            "float16" => TorchType.Float16,
            _ => null,
        };
        if (evaluator is not TorchEvaluator engine)
        {
            return storage is null ? evaluator : throw new SearchException($"vectors: {place} needs engine: torch, got {evaluator.Engine}.");
        }

        if (place == "host" || (storage is null && engine.Device == "cpu"))
        {
            return engine;
        }

        try
        {
            return new ResidentEvaluator(engine, vectors, new ResidentVectors(vectors, engine.Device, storage ?? TorchType.Float32));
        }
        catch (NativeException exception)
        {
            string lack = $"the base and {vectors.Count} task vectors find no room on {engine.Device}: {exception.Message}";
            if (storage is not null)
            {
                throw new SearchException(lack, exception);
            }

            note(lack);
            return engine;
        }
    }

    /// <inheritdoc />
    public string Engine => _engine.Engine;

    /// <inheritdoc />
    public string Device => _engine.Device;

    /// <inheritdoc />
    public string Version => _engine.Version;

    /// <inheritdoc />
    public IReadOnlyList<string> Notes => _engine.Notes;

    /// <summary>Whether a merge had to be made on the host.</summary>
    internal bool HasMergedOnHost => _onHost.IsValueCreated;

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => _engine.Evaluate(weights, role, cancellationToken);

    /// <inheritdoc />
    public EvaluationResult Evaluate(MergeWeights candidate, DataRole role, ExampleStretch? part, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(candidate.Vectors, _source) && candidate.IsLinear)
        {
            return _engine.Evaluate(_vectors, candidate, role, part, cancellationToken);
        }

        long start = Stopwatch.GetTimestamp();
        new Merger(_source.Layout).Merge([candidate], [_onHost.Value]);
        TimeSpan merge = Stopwatch.GetElapsedTime(start);
        return (part is null ? _engine.Evaluate(_onHost.Value, role, cancellationToken) : _engine.Evaluate(_onHost.Value, role, part, cancellationToken)) with { Merge = merge };
    }

    /// <inheritdoc />
    public EvaluationResult EvaluateGradients(
        MergeWeights candidate, DataRole role, ExampleDraw? draw, IReadOnlyList<Objective> objectives, Func<int, MergeGradient> gradients, CancellationToken cancellationToken) =>
        _engine.EvaluateGradients(_vectors, candidate, role, draw, objectives, gradients, cancellationToken);

    /// <summary>Copies the merged model on the device once, for a comparison.</summary>
    internal void Copy() => _engine.Copy(_vectors);

    /// <inheritdoc />
    public void Dispose()
    {
        _vectors.Dispose();
        _engine.Dispose();
    }
}
