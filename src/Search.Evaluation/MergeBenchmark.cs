using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;
using Search.Merging.Sparsifiers;
using Search.Yaml;

namespace Search.Evaluation;

/// <summary>
/// Times merges of a transformer-like model with random weights, and what else passes over its task vectors, in rounds: each case comes
/// between plain copies of the model, so that what else the machine does slows both.
/// </summary>
public sealed record MergeBenchmark
{
    private const int Stretch = 1 << 16; // what a thread takes at a time
    private const int Copies = 3; // between cases; several, because one is over before a case has begun to share the machine

    /// <summary>About how many parameters; at least 4,096,000, which the embedding has.</summary>
    public required long Parameters { get; init; }

    /// <summary>How many experts; at least 1.</summary>
    public required int Experts { get; init; }

    /// <summary>The operators: each a name and settings in the form <c>key=value</c>, separated by commas.</summary>
    public required IReadOnlyList<string> Operators { get; init; }

    /// <summary>What the checkpoints hold and the vectors are stored as: F32, BF16 or F16.</summary>
    /// <value>The default is F32.</value>
    public TensorType Storage { get; init; } = TensorType.F32;

    /// <summary>Candidates made in one pass; at least 1.</summary>
    /// <value>The default is 16.</value>
    public int Candidates { get; init; } = 16;

    /// <summary>Rounds that are timed, after two that are not.</summary>
    /// <value>The default is 9.</value>
    public int Repeats { get; init; } = 9;

    /// <summary>Threads; 0 stands for every core.</summary>
    /// <value>The default is 0.</value>
    public int Threads { get; init; }

    private int Cores => Threads > 0 ? Threads : Environment.ProcessorCount;

    /// <summary>Runs it.</summary>
    /// <param name="cancellationToken">Stops between cases.</param>
    /// <returns>The medians.</returns>
    /// <exception cref="SearchException">There is no such operator or setting, or it cannot merge so many experts.</exception>
    public MergeTimes Run(CancellationToken cancellationToken)
    {
        MergeOperator[] operators = [.. Operators.Select(Read)];
        KeyValuePair<string, long[]>[] shapes = [.. Shapes(Parameters)];
        var origin = new SyntheticCheckpoint("base", shapes, null, 1, 1, Storage);
        using var family = new ModelFamily(
            origin, [.. Enumerable.Range(0, Experts).Select(k => KeyValuePair.Create($"expert{k}", (Checkpoint)new SyntheticCheckpoint($"expert{k}", shapes, origin, 0.01, (ulong)k + 2, Storage)))], []);
        TaskVectors vectors = TaskVectors.Resident(family, Storage);
        TaskVectors wide = Storage == TensorType.F32 ? vectors : TaskVectors.Resident(family);
        var merger = new Merger(family.Layout) { Threads = Cores };
        long? grown = Growth(() => merger.Merge([new MergeWeights(vectors)], [new WeightSet(family.Layout)]));
        WeightSet[] destinations = [.. Enumerable.Range(0, Candidates + 1).Select(_ => new WeightSet(family.Layout))];
        WeightSet source = destinations[^1];
        merger.Merge([new MergeWeights(vectors)], [source]);

        List<Case> cases = [];
        foreach ((string label, MergeOperator merge) in Operators.Zip(operators))
        {
            Case? reference = wide == vectors ? null : Merging(label + ", float32", Prepare(merge, wide), 1);
            (PreparedMerge Merge, double? Seconds) prepared = Prepare(merge, vectors);
            Case one = Merging(label, prepared, 1);
            cases.AddRange(reference is null ? [one] : [reference, one with { Than = "float32", Reference = reference }]);
            if (Candidates > 1)
            {
                cases.Add(Merging(label, prepared, Candidates) with { Than = $"{Candidates} passes", Reference = cases[^1], Times = Candidates });
            }
        }

        Case Merging(string name, (PreparedMerge Merge, double? Seconds) prepared, int candidates)
        {
            MergeWeights[] weights = [.. Enumerable.Range(0, candidates).Select(p => Decide(prepared.Merge, p))];
            TaskVectors read = prepared.Merge.Vectors;
            int size = TensorConversion.ByteSize(read.Storage);
            double bytes = (size * read.Count) + (read.Storage == Storage ? size : sizeof(float)) + (sizeof(float) * candidates);
            return new Case(name, candidates, bytes, () => merger.Merge(weights, destinations[..candidates])) { Preparation = candidates == 1 ? prepared.Seconds : null };
        }

        var gradient = new MergeGradient(vectors) { Threads = Cores };
        cases.Add(new Case("dot products with all vectors", 0, (TensorConversion.ByteSize(Storage) * Experts) + sizeof(float), () =>
        {
            for (int t = 0; t < family.Layout.Tensors.Count; t++)
            {
                gradient.Add(t, source[t]);
            }
        }));
        var mask = new MaskBits(0, "expert0", "embedding");
        cases.Add(new Case("masks of DARE, a vector", 0, 2 * sizeof(float), () => ForEach(family.Layout, (t, start, length) =>
            mask.Drop(source[t].Span.Slice(start, length), start, 1u << 31, 2, destinations[0][t].Span.Slice(start, length)))));
        TimeSpan Copy()
        {
            long start = Stopwatch.GetTimestamp();
            for (int copy = 0; copy < Copies; copy++)
            {
                ForEach(family.Layout, (t, first, length) => source[t].Span.Slice(first, length).CopyTo(destinations[0][t].Span.Slice(first, length)));
            }

            return Stopwatch.GetElapsedTime(start);
        }

        double Roof(TimeSpan copies, int times) => 2.0 * sizeof(float) * times * Copies * family.Layout.ElementCount / copies.TotalSeconds / 1e9;

        List<double> copies = [];
        for (int round = -2; round < Repeats; round++)
        {
            TimeSpan before = Copy();
            foreach (Case one in cases)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                one.Run();
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                TimeSpan after = Copy();
                if (round >= 0)
                {
                    one.Seconds.Add(seconds);
                    one.Roofs.Add(one.Bytes * family.Layout.ElementCount / 1e9 / seconds / Roof(before + after, 2));
                    copies.Add(Roof(after, 1));
                }

                before = after;
            }
        }

        return new MergeTimes(
            family.Layout.ElementCount,
            Experts,
            Storage.ToString().ToLowerInvariant(),
            Cores,
            Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128,
            $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}",
            Median(copies),
            grown,
            [.. cases.Select(one => one.ToTime(family.Layout.ElementCount))]);
    }

    // As long as torch_merge.py's list: an embedding, then blocks of four matrices and four vectors.
    private static IEnumerable<KeyValuePair<string, long[]>> Shapes(long parameters)
    {
        const long Width = 512;
        const long Words = 8000;
        long[][] block = [[3 * Width, Width], [Width, Width], [4 * Width, Width], [Width, 4 * Width], [Width], [Width], [3 * Width], [4 * Width]];
        long elements = Words * Width;
        yield return KeyValuePair.Create("embedding", new[] { Words, Width });
        for (int i = 0; elements < parameters; i++)
        {
            foreach ((int part, long[] shape) in block.Index())
            {
                yield return KeyValuePair.Create($"blocks.{i}.{part}", shape);
                elements += shape.Aggregate(1L, (product, size) => product * size);
            }
        }
    }

    private static MergeOperator Read(string label)
    {
        string[] parts = label.Split(',');
        if (!OperatorList.Names.Contains(parts[0]))
        {
            throw new SearchException($"--operator {parts[0]}: must be one of {string.Join(", ", OperatorList.Names)}{NearestName.Hint(parts[0], OperatorList.Names)}.");
        }

        YamlMap settings = YamlMap.Of($"operator '{label}'", parts[1..]);
        MergeOperator merge = OperatorList.Read(parts[0], settings);
        settings.End();
        return merge;
    }

    private static (PreparedMerge Merge, double? Seconds) Prepare(MergeOperator merge, TaskVectors vectors)
    {
        long start = Stopwatch.GetTimestamp();
        PreparedMerge prepared = merge.Prepare(vectors);
        return (prepared, prepared.Vectors == vectors ? null : Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static MergeWeights Decide(PreparedMerge prepared, int candidate)
    {
        var weights = new MergeWeights(prepared.Vectors, null, prepared.Rule);
        for (int t = 0; t < prepared.Vectors.Layout.Tensors.Count; t++)
        {
            var random = new Rng(1, candidate, t);
            prepared.Decide(weights, t, t, [.. prepared.Columns.Select(_ => random.NextUniform())]);
        }

        prepared.Apply(weights, [.. prepared.Settings.Select(setting => setting.Range.Value)]);

        return weights;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is { Length: > 0 } sorted ? sorted[sorted.Length / 2] : double.NaN;

    // What the process holds at most during an action, beyond what it held before; where the system counts it and lets the count begin anew.
    private static long? Growth(Action action)
    {
        try
        {
            GC.Collect();
            File.WriteAllText("/proc/self/clear_refs", "5");
            long before = Status("VmRSS:");
            action();
            return Status("VmHWM:") - before;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Status(string field) =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private void ForEach(WeightLayout layout, Action<int, int, int> action)
    {
        (int Tensor, int Start, int Length)[] stretches = [.. layout.Tensors.SelectMany((tensor, t) =>
            Enumerable.Range(0, (int)((tensor.ElementCount + Stretch - 1) / Stretch)).Select(i => (t, i * Stretch, (int)Math.Min(Stretch, tensor.ElementCount - ((long)i * Stretch)))))];
        Parallel.ForEach(stretches, new ParallelOptions { MaxDegreeOfParallelism = Cores }, stretch => action(stretch.Tensor, stretch.Start, stretch.Length));
    }

    private sealed record Case(string Name, int Candidates, double Bytes, Action Run)
    {
        public string? Than { get; init; }

        public Case? Reference { get; init; }

        public double Times { get; init; } = 1;

        public double? Preparation { get; init; }

        public List<double> Seconds { get; } = [];

        public List<double> Roofs { get; } = [];

        public MergeTime ToTime(long elements) => new(
            Name,
            Candidates,
            1e3 * Median(Seconds),
            Bytes * elements / 1e9,
            Median(Roofs),
            Reference is null ? null : Median(Reference.Seconds.Zip(Seconds, (other, own) => Times * other / own)),
            Reference is null ? null : Than,
            Preparation);
    }
}
