using Search.Evaluation.Torch;
using Search.Native;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>Compares the gradients of the kernels with differences, on ONNX's own cases in 64 bits.</summary>
internal sealed class GradientTests
{
    private const double Step = 1e-6;

    // Nodes that make numbers of 32 bits whatever they are given.
    private static readonly string[] Fixed = ["Constant", "ConstantOfShape", "Cast", "EyeLike"];

    [Test]
    public void Backward_OnnxsCases_MatchesDifferences()
    {
        TorchInstallation.Require();
        IReadOnlyList<ConformanceCase> cases = ConformanceCase.Required();
        List<string> failures = [];
        List<string> tried = [];
        foreach (ConformanceCase @case in cases)
        {
            if (@case.Nodes.Any(node => Fixed.Contains(node.Type)) || @case.SkipReason() is not null || @case.Failure() is not null)
            {
                continue;
            }

            using ConformanceRun run = @case.Open("test_data_set_0");
            int[] weights = [.. Enumerable.Range(0, run.Inputs.Count).Where(i => IsFloat(run.Inputs[i]))];
            if (weights.Length > 0 && run.Expected.Any(IsFloat) && run.Expected.All(output => TorchData.Doubles(output).All(double.IsFinite)))
            {
                tried.Add(@case.Name);
                if (Difference(run, weights) is { } difference)
                {
                    failures.Add($"{@case.Name}: {difference}");
                }
            }
        }

        IEnumerable<string> seen = cases.Where(each => tried.Contains(each.Name)).SelectMany(each => each.Nodes).Select(node => node.Type);
        IEnumerable<string> unseen = KernelList.All.Where(kernel => kernel.Domain.Length == 0).Select(kernel => kernel.Type).Except(seen);
        TestContext.Out.WriteLine($"{tried.Count} cases, {failures.Count} failed; operators without one: {string.Join(" ", unseen)}");
        Assert.That(string.Join("\n", failures), Is.Empty);
    }

    private static bool IsFloat(TorchTensor tensor) => tensor.Type is TorchType.Float32 or TorchType.Float64;

    private static string? Difference(ConformanceRun run, int[] weights)
    {
        var random = new Random(1);
        double[][] values = [.. run.Inputs.Select(TorchData.Doubles)];
        foreach (int i in weights)
        {
            // Round numbers lie on corners such as that of max(x, 0), or where a domain begins.
            values[i] = Array.ConvertAll(values[i], value => value + (1e-3 * random.NextDouble()));
        }

        Dictionary<int, double[]> gradients = [];
        Loss(run, values, gradients);
        foreach (int i in weights)
        {
            double[] direction = [.. values[i].Select(_ => random.NextDouble() - 0.5)];
            double[][] ahead = [.. values];
            double[][] behind = [.. values];
            ahead[i] = [.. values[i].Zip(direction, (value, d) => value + (Step * d))];
            behind[i] = [.. values[i].Zip(direction, (value, d) => value - (Step * d))];
            double expected = (Loss(run, ahead) - Loss(run, behind)) / (2 * Step);
            double actual = gradients.GetValueOrDefault(i)?.Zip(direction, (gradient, d) => gradient * d).Sum() ?? 0;
            if (!(Math.Abs(actual - expected) <= 1e-6 + (1e-5 * Math.Abs(expected))))
            {
                return $"input {i}: {actual:R} instead of {expected:R}";
            }
        }

        return null;
    }

    // The outputs' elements, each weighed differently.
    private static double Loss(ConformanceRun run, double[][] values, Dictionary<int, double[]>? gradients = null)
    {
        using GradientWatch watch = new((index, gradient) =>
        {
            using (gradient)
            {
                gradients![index] = TorchData.Doubles(gradient);
            }
        });
        List<TorchTensor> tensors = [];
        try
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (IsFloat(run.Inputs[i]))
                {
                    TorchTensor wide = TorchTensor.Wrap<double>(values[i], run.Inputs[i].Sizes);
                    tensors.Add(wide);
                    tensors.Insert(i, gradients is null ? TorchLibrary.Call("alias", wide) : watch.Watch(wide, i));
                }
                else
                {
                    tensors.Insert(i, TorchLibrary.Call("alias", run.Inputs[i]));
                }
            }

            TorchTensor loss = TorchTensor.Wrap<double>(new double[1], []);
            foreach (TorchTensor output in run.Graph.Run([.. tensors.Take(values.Length)]))
            {
                tensors.Add(output);
                if (output.Type == TorchType.Float64)
                {
                    double[] numbers = [.. Enumerable.Range(1, (int)output.ElementCount).Select(i => Math.Cos(i))];
                    using TorchTensor weights = TorchTensor.Wrap<double>(numbers, output.Sizes);
                    using TorchTensor weighed = TorchLibrary.Call("mul.Tensor", output, weights);
                    using TorchTensor sum = TorchLibrary.Call("sum", weighed);
                    using TorchTensor before = loss;
                    loss = TorchLibrary.Call("add.Tensor", before, sum);
                }
            }

            tensors.Add(loss);
            if (gradients is not null)
            {
                try
                {
                    watch.Backward(loss);
                }
                catch (NativeException exception) when (exception.Message.Contains("does not require grad", StringComparison.Ordinal))
                {
                    // Nothing depends on the inputs: differences must say so too.
                }
            }

            return TorchLibrary.Number(loss);
        }
        finally
        {
            tensors.ForEach(tensor => tensor.Dispose());
        }
    }
}
