using Search.Evaluation.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>Runs ONNX's own cases of every operator that has a kernel.</summary>
internal sealed class ConformanceTests
{
    private const string TrainingMode = "training mode";
    private const string Opset6 = "broadcasting along an axis (opset 6 and older) is not supported";

    // Cases that cannot pass, with what must come out instead, so that none is skipped for another reason.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["batchnorm_epsilon_training_mode"] = TrainingMode,
        ["batchnorm_example_training_mode"] = TrainingMode,
        ["training_dropout"] = TrainingMode,
        ["training_dropout_default"] = TrainingMode,
        ["training_dropout_default_mask"] = TrainingMode,
        ["training_dropout_mask"] = TrainingMode,
        ["maxpool_with_argmax_2d_precomputed_pads"] = "the indices of the maxima are not supported",
        ["maxpool_with_argmax_2d_precomputed_strides"] = "the indices of the maxima are not supported",
        ["resize_tf_crop_and_resize"] = "'tf_crop_and_resize' is not supported",
        ["operator_add_broadcast"] = Opset6,
        ["operator_add_size1_broadcast"] = Opset6,
        ["operator_add_size1_right_broadcast"] = Opset6,
        ["operator_add_size1_singleton_broadcast"] = Opset6,

        // 4 elements scaled by 0.6 are 2.4, which the data divides by; PyTorch and onnxruntime divide by the 2 that there are.
        ["resize_downsample_scales_linear_align_corners"] = "element 1 is 4 instead of 3.142857",
        ["resize_downsample_scales_cubic_align_corners"] = "element 1 is 2.5 instead of 2.395191",
    };

    private static readonly Lazy<IReadOnlyList<Result>> Results = new(() => [.. ConformanceCase.All().Select(Run)]);

    private static IEnumerable<string> Operators => KernelList.All.Select(kernel => kernel.Type).Where(type => Results.Value.Count == 0 || Results.Value.Any(result => result.Has(type)));

    [TestCaseSource(nameof(Operators))]
    public void Run_OnnxsCasesOfOperator_GiveItsResults(string type)
    {
        RequireData();
        IEnumerable<Result> failed = Results.Value.Where(result => result.Has(type) && result.Failure is not null);
        Assert.That(string.Join("\n", failed), Is.Empty);
    }

    [Test]
    public void Run_AllOfOnnxsCases_NoneOfAClaimedOperatorFails()
    {
        RequireData();
        IReadOnlyList<Result> results = Results.Value;
        List<Result> failed = [.. results.Where(result => result.Failure is not null)];
        List<Result> skipped = [.. results.Where(result => result.Skip is not null)];
        TestContext.Out.WriteLine($"{results.Count - skipped.Count} cases tried, {results.Count - skipped.Count - failed.Count} passed, {skipped.Count} skipped:");
        foreach (IGrouping<string, Result> reason in skipped.GroupBy(result => result.Skip!).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            TestContext.Out.WriteLine($"{reason.Count(),5}  {reason.Key}: {string.Join(" ", reason.Select(result => result.Case.Name))}");
        }

        TestContext.Out.WriteLine($"Claimed without a case: {string.Join(" ", KernelList.All.Select(kernel => kernel.Type).Except(Operators))}");
        Assert.That(string.Join("\n", failed), Is.Empty);
    }

    private static void RequireData()
    {
        if (Results.Value.Count == 0)
        {
            Assert.Ignore($"ONNX's test data is not at {ConformanceCase.Root}: install libonnx-testdata.");
        }
    }

    private static Result Run(ConformanceCase @case)
    {
        if (@case.SkipReason() is { } reason)
        {
            return new Result(@case, reason, null);
        }

        string? failure = @case.Failure();
        return !Known.TryGetValue(@case.Name, out string? known) ? new Result(@case, null, failure)
            : failure is not null && failure.Contains(known, StringComparison.Ordinal) ? new Result(@case, $"'{known}'", null)
            : new Result(@case, null, $"{failure ?? "passed"}, which was to be '{known}'");
    }

    private sealed record Result(ConformanceCase Case, string? Skip, string? Failure)
    {
        public bool Has(string type) => Skip is null && Case.Nodes.Any(node => node.Type == type);

        public override string ToString() => $"{Case.Name}: {Failure}";
    }
}
