using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>The steps that compute a graph's outputs for inputs of certain shapes.</summary>
internal sealed class TorchPlan : IDisposable
{
    private readonly List<Step> _steps = [];
    private readonly List<TorchTensor> _owned = [];
    private readonly TorchTensor?[] _slots;
    private readonly int _inputs;
    private readonly int[] _outputs;

    private TorchPlan(
        IReadOnlyList<OnnxNode> nodes, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, Dictionary<string, TorchTensor> constants, string device, Func<string, TorchTensor?> shared)
    {
        Dictionary<string, int> slots = new(StringComparer.Ordinal);
        List<TorchTensor?> values = [];
        foreach (string input in inputs)
        {
            slots.Add(input, values.Count);
            values.Add(null);
        }

        Nodes = nodes;
        _inputs = inputs.Count;
        Dictionary<string, int> hostSlots = new(StringComparer.Ordinal);
        int Constant(string name, bool onHost)
        {
            Dictionary<string, int> known = onHost || device == "cpu" ? hostSlots : slots;
            if (!known.TryGetValue(name, out int slot))
            {
                slot = known[name] = values.Count;
                values.Add((onHost ? null : shared(name)) ?? Keep(TorchLibrary.Call("to.device", constants[name], TorchArgument.Device(onHost ? "cpu" : device), constants[name].Type)));
            }

            return slot;
        }

        int Slot(string name, bool onHost) => constants.ContainsKey(name) ? Constant(name, onHost) : slots[name];

        foreach (OnnxNode node in nodes)
        {
            Kernel kernel = KernelList.Find(node.Domain, node.Type)!;
            int[] reads = [.. node.Inputs.Select((input, i) => input.Length == 0 ? -1 : Slot(input, kernel.HostInputs.Contains(i)))];
            int[] writes = [.. node.Outputs.Select(output =>
            {
                if (output.Length == 0)
                {
                    return -1;
                }

                slots.Add(output, values.Count);
                values.Add(null);
                return values.Count - 1;
            })];
            _steps.Add(new Step(node, kernel, reads, writes));
        }

        _outputs = [.. outputs.Select(output => Slot(output, onHost: false))];
        _slots = [.. values];
        FreeAtLastUse(constantSlots: [.. Enumerable.Range(0, values.Count).Where(slot => values[slot] is not null)]);
    }

    /// <summary>The nodes that the steps run.</summary>
    public IReadOnlyList<OnnxNode> Nodes { get; }

    /// <summary>Makes a plan by running the nodes once.</summary>
    /// <param name="nodes">The nodes, each after those it reads from.</param>
    /// <param name="constants">Tensors that never change, on the CPU.</param>
    /// <param name="inputNames">The inputs' names.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="outputs">The values wanted.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="fuse">Whether known patterns become one step.</param>
    /// <param name="shared">Gives a constant on the device that outlives the plan, or null for what is none of <paramref name="constants"/>.</param>
    /// <returns>The plan.</returns>
    public static TorchPlan Trace(
        IReadOnlyList<OnnxNode> nodes,
        IReadOnlyDictionary<string, TorchTensor> constants,
        IReadOnlyList<string> inputNames,
        ReadOnlySpan<TorchTensor> inputs,
        IReadOnlyList<string> outputs,
        string device,
        bool fuse,
        Func<string, TorchTensor?> shared)
    {
        Dictionary<string, TorchTensor> known = new(constants, StringComparer.Ordinal);
        Dictionary<string, TorchTensor> varying = new(StringComparer.Ordinal);
        HashSet<TorchTensor> folded = [];
        HashSet<TorchTensor> passing = [];
        bool recorded = TorchLibrary.RecordsGradients;
        TorchLibrary.RecordGradients(false);
        try
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                varying.Add(inputNames[i], inputs[i]);
            }

            List<OnnxNode> kept = [];
            Dictionary<string, OnnxNode> lastReader = nodes.SelectMany(node => node.Inputs.Select(input => (input, node))).GroupBy(read => read.input).ToDictionary(reads => reads.Key, reads => reads.Last().node, StringComparer.Ordinal);
            foreach (OnnxNode node in nodes)
            {
                Kernel kernel = KernelList.Find(node.Domain, node.Type)!;
                bool isStatic = node is { Domain: "", Type: "Shape" or "Size" } || node.Inputs.All(input => input.Length == 0 || known.ContainsKey(input));
                using Operands operands = Operands.Of(node, kernel, known, varying, isStatic ? "cpu" : device);
                TorchTensor?[] results = TorchGraph.Execute(node, kernel, operands.Tensors);
                for (int i = 0; i < results.Length; i++)
                {
                    if (results[i] is not { } result)
                    {
                        continue;
                    }

                    _ = result.Sizes; // read now: it outlives the elements
                    _ = isStatic ? folded.Add(result) : passing.Add(result);
                    if (i < node.Outputs.Count && node.Outputs[i].Length > 0)
                    {
                        (isStatic ? known : varying)[node.Outputs[i]] = result;
                    }
                }

                if (!isStatic)
                {
                    kept.Add(node);
                }

                // What was read last is released; its shape and type stay known.
                foreach (string input in node.Inputs.Distinct())
                {
                    if (lastReader.GetValueOrDefault(input) == node && varying.TryGetValue(input, out TorchTensor? read) && passing.Contains(read))
                    {
                        read.Dispose();
                    }
                }
            }

            IReadOnlyList<OnnxNode> planned = fuse ? GraphFusion.Apply(kept, known, varying, outputs) : kept;
            return new TorchPlan(planned, inputNames, outputs, known, device, shared);
        }
        finally
        {
            TorchLibrary.RecordGradients(recorded);
            foreach (TorchTensor tensor in passing.Concat(folded))
            {
                tensor.Dispose();
            }

        }
    }

    /// <summary>Runs the steps.</summary>
    /// <param name="inputs">The inputs, of the shapes the plan was made for.</param>
    /// <returns>The outputs; the caller disposes them.</returns>
    public TorchTensor[] Run(ReadOnlySpan<TorchTensor> inputs)
    {
        List<TorchTensor> results = [];
        try
        {
            for (int i = 0; i < _inputs; i++)
            {
                _slots[i] = inputs[i];
            }

            foreach (Step step in _steps)
            {
                var operands = new TorchTensor?[step.Reads.Length];
                for (int i = 0; i < operands.Length; i++)
                {
                    operands[i] = step.Reads[i] < 0 ? null : _slots[step.Reads[i]];
                }

                TorchTensor?[] made = TorchGraph.Execute(step.Node, step.Kernel, operands);
                for (int i = 0; i < made.Length; i++)
                {
                    if (i < step.Writes.Length && step.Writes[i] >= 0)
                    {
                        _slots[step.Writes[i]] = made[i];
                    }
                    else
                    {
                        made[i]?.Dispose();
                    }
                }

                foreach (int slot in step.Frees)
                {
                    _slots[slot]?.Dispose();
                    _slots[slot] = null;
                }
            }

            // A handle of its own for each: an output may be an input or a constant, or be asked for twice.
            foreach (int output in _outputs)
            {
                results.Add(TorchLibrary.Call("alias", _slots[output]));
            }

            return [.. results];
        }
        catch
        {
            results.ForEach(result => result.Dispose());
            throw;
        }
        finally
        {
            Array.Clear(_slots, 0, _inputs);
            foreach (Step step in _steps)
            {
                foreach (int slot in step.Writes)
                {
                    if (slot >= 0)
                    {
                        _slots[slot]?.Dispose();
                        _slots[slot] = null;
                    }
                }
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _owned.ForEach(tensor => tensor.Dispose());

    private TorchTensor Keep(TorchTensor tensor)
    {
        _owned.Add(tensor);
        return tensor;
    }

    private void FreeAtLastUse(HashSet<int> constantSlots)
    {
        HashSet<int> needed = [.. _outputs, .. constantSlots, .. Enumerable.Range(0, _inputs)];
        for (int i = _steps.Count - 1; i >= 0; i--)
        {
            Step step = _steps[i];
            int[] last = [.. step.Reads.Concat(step.Writes).Where(slot => slot >= 0 && needed.Add(slot)).Distinct()];
            _steps[i] = step with { Frees = last };
        }
    }

    private sealed record Step(OnnxNode Node, Kernel Kernel, int[] Reads, int[] Writes)
    {
        public int[] Frees { get; init; } = [];
    }

    // A node's inputs where it wants them; copies made for it are released with this.
    private sealed class Operands : IDisposable
    {
        private readonly List<TorchTensor> _copies = [];

        private Operands(int count) => Tensors = new TorchTensor?[count];

        public TorchTensor?[] Tensors { get; }

        public static Operands Of(OnnxNode node, Kernel kernel, Dictionary<string, TorchTensor> known, Dictionary<string, TorchTensor> varying, string device)
        {
            var operands = new Operands(node.Inputs.Count);
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                string name = node.Inputs[i];
                bool onHost = kernel.HostInputs.Contains(i);
                if (name.Length == 0)
                {
                    continue;
                }

                if (!known.TryGetValue(name, out TorchTensor? tensor))
                {
                    tensor = varying[name];
                    if (onHost)
                    {
                        throw node.Error($"input {i} ('{name}') depends on the data or the weights, which the torch engine does not allow for shapes, axes and limits");
                    }
                }
                else if (!onHost && device != "cpu")
                {
                    tensor = TorchLibrary.Call("to.device", tensor, TorchArgument.Device(device), tensor.Type);
                    operands._copies.Add(tensor);
                }

                operands.Tensors[i] = tensor;
            }

            return operands;
        }

        public void Dispose() => _copies.ForEach(copy => copy.Dispose());
    }
}
