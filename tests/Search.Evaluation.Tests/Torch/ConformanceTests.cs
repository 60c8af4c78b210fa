using Search.Evaluation.Torch;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>Runs ONNX's own cases of every operator that has a kernel. Alone, because it counts the tensors that are not released.</summary>
[NonParallelizable]
internal sealed class ConformanceTests
{
    private const string TrainingMode = "training mode";
    private const string Dilations = "dilations are not supported";
    private const string Antialias = "antialias and keep_aspect_ratio_policy are not supported";
    private const string CropAndResize = "'tf_crop_and_resize' is not supported";
    private const string HalfOnCpu = "not implemented for 'Half'";
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
        ["gridsample_volumetric_nearest_align_corners_0"] = "mode 'nearest' in 3 dimensions is not supported",
        ["gridsample_volumetric_nearest_align_corners_1"] = "mode 'nearest' in 3 dimensions is not supported",
        ["averagepool_2d_dilations"] = Dilations,
        ["averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_False"] = Dilations,
        ["averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_True"] = Dilations,
        ["averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_False"] = Dilations,
        ["averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True"] = Dilations,
        ["averagepool_3d_dilations_small"] = Dilations,
        ["resize_downsample_scales_cubic_antialias"] = Antialias,
        ["resize_downsample_scales_linear_antialias"] = Antialias,
        ["resize_downsample_sizes_cubic_antialias"] = Antialias,
        ["resize_downsample_sizes_linear_antialias"] = Antialias,
        ["resize_downsample_sizes_nearest_not_larger"] = Antialias,
        ["resize_downsample_sizes_nearest_not_smaller"] = Antialias,
        ["resize_upsample_sizes_nearest_not_larger"] = Antialias,
        ["resize_upsample_sizes_nearest_not_smaller"] = Antialias,
        ["resize_tf_crop_and_resize"] = CropAndResize,
        ["resize_tf_crop_and_resize_axes_2_3"] = CropAndResize,
        ["resize_tf_crop_and_resize_axes_3_2"] = CropAndResize,
        ["resize_tf_crop_and_resize_extrapolation_value"] = CropAndResize,
        ["reduce_max_empty_set"] = "Expected reduction dim 1 to have non-zero size",
        ["reduce_min_empty_set"] = "Expected reduction dim 1 to have non-zero size",
        ["attention_4d_fp16"] = HalfOnCpu,
        ["attention_4d_fp16_expanded"] = HalfOnCpu,
        ["attention_4d_gqa_with_past_and_present_fp16"] = HalfOnCpu,
        ["attention_4d_gqa_with_past_and_present_fp16_expanded"] = HalfOnCpu,
        ["operator_add_broadcast"] = Opset6,
        ["operator_add_size1_broadcast"] = Opset6,
        ["operator_add_size1_right_broadcast"] = Opset6,
        ["operator_add_size1_singleton_broadcast"] = Opset6,

        // 4 elements scaled by 0.6 are 2.4, which the data divides by; PyTorch and onnxruntime divide by the 2 that there are.
        ["resize_downsample_scales_linear_align_corners"] = "element 1 is 4 instead of 3.142857",
        ["resize_downsample_scales_cubic_align_corners"] = "element 1 is 2.5 instead of 2.395191",
    };

    private static readonly Lazy<IReadOnlyList<Result>> Results = new(() => [.. ConformanceCase.All.Select(Run)]);

    private static IEnumerable<string> Claimed => KernelList.All.Where(kernel => kernel.Domain.Length == 0).Select(kernel => kernel.Type);

    private static IEnumerable<string> Operators
    {
        get
        {
            IEnumerable<ConformanceCase> tried = ConformanceCase.All.Where(each => each.SkipReason() is null);
            HashSet<string> types = [.. tried.SelectMany(each => each.Nodes).Select(node => node.Type)];
            return Claimed.Where(type => types.Count == 0 || types.Contains(type));
        }
    }

    [TestCaseSource(nameof(Operators))]
    public void Run_OnnxsCasesOfOperator_GiveItsResults(string type)
    {
        RequireAll();
        IEnumerable<Result> failed = Results.Value.Where(result => result.Failure is not null && result.Case.Nodes.Any(node => node.Type == type));
        Assert.That(string.Join("\n", failed), Is.Empty);
    }

    [Test]
    public void Run_AllOfOnnxsCases_NoneOfAClaimedOperatorFails()
    {
        RequireAll();
        IReadOnlyList<Result> results = Results.Value;
        List<Result> failed = [.. results.Where(result => result.Failure is not null)];
        List<Result> skipped = [.. results.Where(result => result.Skip is not null)];
        TestContext.Out.WriteLine($"{results.Count - skipped.Count} cases tried, {results.Count - skipped.Count - failed.Count} passed, {skipped.Count} skipped:");
        foreach (IGrouping<string, Result> reason in skipped.GroupBy(result => result.Skip!).OrderByDescending(group => group.Count()))
        {
            TestContext.Out.WriteLine($"{reason.Count(),5}  {reason.Key}: {string.Join(" ", reason.Select(result => result.Case.Name))}");
        }

        TestContext.Out.WriteLine($"Claimed without a case: {string.Join(" ", Claimed.Except(Operators))}");
        Assert.That(string.Join("\n", failed), Is.Empty);
    }

    private static void RequireAll()
    {
        TorchInstallation.Require();
        ConformanceCase.Required();
    }

    private static Result Run(ConformanceCase @case)
    {
        if (@case.SkipReason() is { } reason)
        {
            return new Result(@case, reason, null);
        }

        long before = TorchLibrary.LiveTensors;
        string? failure = @case.Failure();
        if (failure is null && TorchLibrary.LiveTensors > before)
        {
            failure = $"{TorchLibrary.LiveTensors - before} tensors were not released";
        }

        return !Known.TryGetValue(@case.Name, out string? known) ? new Result(@case, null, failure)
            : failure is not null && failure.Contains(known, StringComparison.Ordinal) ? new Result(@case, $"known to give \"{known}\"", null)
            : new Result(@case, null, $"{failure ?? "passed"}, which was to be '{known}'");
    }

    private sealed record Result(ConformanceCase Case, string? Skip, string? Failure)
    {
        public override string ToString() => $"{Case.Name}: {Failure}";
    }
}
