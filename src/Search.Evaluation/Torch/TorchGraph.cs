using Search.Native;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// A graph, or a part of one, that runs on libtorch node by node. For every set of input shapes a plan is made once: what depends only on
/// shapes and constants is computed and kept, known patterns are fused, and buffers are freed at their last use. Not thread-safe.
/// </summary>
internal sealed class TorchGraph : IDisposable
{
    // Far more shapes than a study has; inputs whose length never repeats must not fill the memory.
    private const int MostPlans = 64;

    private readonly IReadOnlyList<OnnxNode> _nodes;
    private readonly IReadOnlyDictionary<string, TorchTensor> _constants;
    private readonly IReadOnlyList<string> _inputs;
    private readonly IReadOnlyList<string> _outputs;
    private readonly string _device;
    private readonly bool _fuse;
    private readonly Dictionary<Signature, TorchPlan> _plans = [];
    private readonly Dictionary<string, TorchTensor> _moved = new(StringComparer.Ordinal); // constants on the device, one copy for all plans

    /// <summary>Takes the nodes that lead from inputs to outputs.</summary>
    /// <param name="nodes">All nodes of the graph, each after those it reads from; every one has a kernel.</param>
    /// <param name="constants">Tensors that never change, on the CPU; must outlive this.</param>
    /// <param name="inputs">The values that <see cref="Run"/> is given; they may be in the middle of the graph.</param>
    /// <param name="outputs">The values wanted.</param>
    /// <param name="device">Where to compute, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="fuse">Whether known patterns run as one operator.</param>
    /// <exception cref="ArgumentException">An output does not follow from the inputs.</exception>
    public TorchGraph(
        IReadOnlyList<OnnxNode> nodes, IReadOnlyDictionary<string, TorchTensor> constants, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, string device, bool fuse = true)
    {
        _constants = constants;
        _inputs = inputs;
        _outputs = outputs;
        _device = device;
        _fuse = fuse;
        _nodes = Needed(nodes, constants, inputs, outputs);
    }

    /// <summary>The nodes taken.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>The nodes that a run executes for the input shapes seen last, after folding and fusing.</summary>
    public IReadOnlyList<OnnxNode> Planned { get; private set; } = [];

    /// <summary>Runs the nodes.</summary>
    /// <param name="inputs">One tensor an input, in the constructor's order, on the device; left as they are.</param>
    /// <returns>The outputs; the caller disposes them.</returns>
    /// <exception cref="EvaluationException">libtorch refuses a node.</exception>
    /// <exception cref="SearchException">A node asks for what its kernel cannot do.</exception>
    public TorchTensor[] Run(params ReadOnlySpan<TorchTensor> inputs)
    {
        var signature = Signature.Of(inputs);
        if (!_plans.TryGetValue(signature, out TorchPlan? plan))
        {
            if (_plans.Count == MostPlans)
            {
                DropPlans();
            }

            plan = TorchPlan.Trace(_nodes, _constants, _inputs, inputs, _outputs, _device, _fuse, OnDevice);
            _plans.Add(signature, plan);
        }

        Planned = plan.Nodes;
        return plan.Run(inputs);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        DropPlans();
        foreach (TorchTensor constant in _moved.Values)
        {
            constant.Dispose();
        }

        _moved.Clear();
    }

    /// <summary>Computes one node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="kernel">Its kernel.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <exception cref="EvaluationException">libtorch refuses it.</exception>
    internal static TorchTensor?[] Execute(OnnxNode node, Kernel kernel, TorchTensor?[] inputs)
    {
        try
        {
            return kernel.Run(node, inputs);
        }
        catch (NativeException exception)
        {
            string shapes = string.Join(", ", inputs.Select(input => input is null ? "none" : $"{input.Type} [{string.Join(", ", input.Shape)}]"));
            throw new EvaluationException($"{node.Error($"{exception.Message} (inputs: {shapes})").Message}", exception);
        }
    }

    private void DropPlans()
    {
        foreach (TorchPlan plan in _plans.Values)
        {
            plan.Dispose();
        }

        _plans.Clear();
    }

    private TorchTensor? OnDevice(string constant)
    {
        if (!_moved.TryGetValue(constant, out TorchTensor? moved) && _constants.TryGetValue(constant, out TorchTensor? host))
        {
            moved = _moved[constant] = TorchLibrary.Call("to.device", host, TorchArgument.Device(_device), host.Type);
        }

        return moved;
    }

    private static List<OnnxNode> Needed(
        IReadOnlyList<OnnxNode> nodes, IReadOnlyDictionary<string, TorchTensor> constants, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs)
    {
        HashSet<string> given = [.. inputs, .. constants.Keys];
        HashSet<string> wanted = [.. outputs.Where(output => !given.Contains(output))];
        List<OnnxNode> needed = [];
        foreach (OnnxNode node in nodes.Reverse())
        {
            if (node.Outputs.Any(wanted.Contains))
            {
                needed.Add(node);
                wanted.ExceptWith(node.Outputs);
                wanted.UnionWith(node.Inputs.Where(input => input.Length > 0 && !given.Contains(input)));
            }
        }

        needed.Reverse();
        return wanted.Count == 0
            ? needed
            : throw new ArgumentException($"'{string.Join("', '", wanted)}' does not follow from the inputs {string.Join(", ", inputs)}.", nameof(outputs));
    }

    // Shapes and types: what a plan depends on.
    private sealed class Signature : IEquatable<Signature>
    {
        private readonly long[] _numbers;

        private Signature(long[] numbers) => _numbers = numbers;

        public static Signature Of(ReadOnlySpan<TorchTensor> inputs)
        {
            List<long> numbers = [];
            foreach (TorchTensor input in inputs)
            {
                numbers.Add(-1 - (long)input.Type);
                numbers.AddRange(input.Sizes);
            }

            return new Signature([.. numbers]);
        }

        public bool Equals(Signature? other) => other is not null && _numbers.AsSpan().SequenceEqual(other._numbers);

        public override bool Equals(object? obj) => Equals(obj as Signature);

        public override int GetHashCode()
        {
            HashCode hash = default;
            foreach (long number in _numbers)
            {
                hash.Add(number);
            }

            return hash.ToHashCode();
        }
    }
}
