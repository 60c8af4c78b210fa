using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Images of other sizes. Every axis is resized on its own, by one product with a matrix of weights, whichever the mode.</summary>
internal static class Resizing
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("Resize", Resize, 1, 2, 3),
        Kernel.Of("Upsample", Resize, 1),
        Kernel.Of("GridSample", GridSample),
    ];

    private static TorchTensor Resize(OnnxNode node, TorchTensor?[] x)
    {
        // Resize was Upsample with a new name before opset 11.
        bool isOld = node.Opset < 11;
        if (node.Int("antialias", 0) != 0 || node.Text("keep_aspect_ratio_policy", "stretch") != "stretch")
        {
            throw node.Error("antialias and keep_aspect_ratio_policy are not supported");
        }

        int rank = x[0]!.Rank();
        int[] axes = [.. (node.Ints("axes") ?? [.. Enumerable.Range(0, rank).Select(axis => (long)axis)]).Select(axis => node.Axis(axis, rank))];
        long[]? sizes = x.At(3) is { ElementCount: > 0 } given ? TorchData.Ints(given) : null;
        double[]? scales = sizes is not null ? [] : x.At(isOld ? 1 : 2) is { } factors ? TorchData.Doubles(factors) : node.Floats("scales");
        if ((sizes?.Length ?? scales?.Length) != axes.Length)
        {
            throw node.Error($"{axes.Length} axes need as many scales or sizes");
        }

        TorchTensor result = Call("alias", x[0]);
        for (int i = 0; i < axes.Length; i++)
        {
            long size = x[0]!.Sizes[axes[i]];
            float scale = sizes is null ? (float)scales![i] : (float)sizes[i] / size;
            long wanted = sizes is null ? (long)MathF.Floor(size * scale) : sizes[i];
            if (scale != 1)
            {
                using TorchTensor previous = result;
                float[] places = [.. Enumerable.Range(0, (int)wanted).Select(place => Source(node, isOld, place, scale, size, wanted))];
                result = Along(node, isOld, previous, axes[i], places);
            }
        }

        return result;
    }

    // Where an element of the result lies between those of the input. In 32 bits, as onnxruntime computes it: a place that falls on an
    // element must not miss it.
    private static float Source(OnnxNode node, bool isOld, int place, float scale, long size, long wanted) =>
        node.Text("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel") switch
        {
            "pytorch_half_pixel" when wanted == 1 => 0,
            "half_pixel" or "pytorch_half_pixel" => ((place + 0.5f) / scale) - 0.5f,
            "half_pixel_symmetric" => ((place + 0.5f) / scale) - 0.5f + (size / 2f * (1 - (wanted / (scale * size)))),
            "align_corners" => wanted == 1 ? 0 : place * (float)(size - 1) / (wanted - 1),
            "asymmetric" => place / scale,
            "tf_half_pixel_for_nn" => (place + 0.5f) / scale,
            string mode => throw node.Error($"coordinate_transformation_mode '{mode}' is not supported"),
        };

    private static TorchTensor Along(OnnxNode node, bool isOld, TorchTensor x, int axis, float[] places)
    {
        long size = x.Sizes[axis];
        string mode = node.Text("mode", "nearest");
        if (mode == "nearest")
        {
            string rounding = node.Text("nearest_mode", isOld ? "floor" : "round_prefer_floor");
            using TorchTensor nearest = x.Beside(Array.ConvertAll(places, place => Math.Clamp((long)Rounded(node, rounding, place), 0, size - 1)));
            return Call("index_select", x, (long)axis, nearest);
        }

        if (!x.IsFloat())
        {
            throw node.Error($"mode '{mode}' for integers is not supported");
        }

        float[] matrix = new float[places.Length * size];
        for (int i = 0; i < places.Length; i++)
        {
            Weigh(node, mode, places[i], matrix.AsSpan(i * (int)size, (int)size));
        }

        using TorchTensor weights = x.Beside(matrix, places.Length, size);
        using TorchTensor typed = weights.As(x.Type);
        using TorchTensor transposed = Call("t", typed);
        using TorchTensor last = Call("transpose.int", x, (long)axis, -1L);
        using TorchTensor resized = Call("matmul", last, transposed);
        return Call("transpose.int", resized, (long)axis, -1L);
    }

    private static float Rounded(OnnxNode node, string rounding, float place) => rounding switch
    {
        "round_prefer_floor" => MathF.Ceiling(place - 0.5f),
        "round_prefer_ceil" => MathF.Floor(place + 0.5f),
        "floor" => MathF.Floor(place),
        "ceil" => MathF.Ceiling(place),
        _ => throw node.Error($"nearest_mode '{rounding}' is not supported"),
    };

    // How much each element of the input counts. What would lie outside counts for the outermost element, or not at all.
    private static void Weigh(OnnxNode node, string mode, float place, Span<float> weights)
    {
        float first = MathF.Floor(place);
        double t = place - first;
        double[] taps = mode switch
        {
            "linear" => [1 - t, t],
            "cubic" => Cubic(node.Float("cubic_coeff_a", -0.75), t),
            _ => throw node.Error($"mode '{mode}' is not supported"),
        };
        int start = (int)first - (taps.Length / 2) + 1;
        bool leaveOut = node.Int("exclude_outside", 0) != 0;
        double sum = 0;
        for (int i = 0; i < taps.Length; i++)
        {
            int element = Math.Clamp(start + i, 0, weights.Length - 1);
            if (!leaveOut || element == start + i)
            {
                weights[element] += (float)taps[i];
                sum += taps[i];
            }
        }

        if (leaveOut)
        {
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i] = (float)(weights[i] / sum);
            }
        }
    }

    // Keys 1981, eq. 4, for the two elements before and the two behind.
    private static double[] Cubic(double a, double t)
    {
        return [Outer(t + 1), Inner(t), Inner(1 - t), Outer(2 - t)];

        double Inner(double d) => ((((a + 2) * d) - (a + 3)) * d * d) + 1;

        double Outer(double d) => ((((((a * d) - (5 * a)) * d) + (8 * a)) * d) - (4 * a));
    }

    private static TorchTensor GridSample(OnnxNode node, TorchTensor?[] x)
    {
        long mode = node.Text("mode", "bilinear") switch
        {
            "bilinear" or "linear" => 0,
            "nearest" => 1,
            "bicubic" or "cubic" => 2,
            string other => throw node.Error($"mode '{other}' is not supported"),
        };
        if (mode == 1 && x[0]!.Rank() > 4)
        {
            throw node.Error("mode 'nearest' in 3 dimensions is not supported");
        }

        long padding = node.Text("padding_mode", "zeros") switch
        {
            "zeros" => 0,
            "border" => 1,
            "reflection" => 2,
            string other => throw node.Error($"padding_mode '{other}' is not supported"),
        };
        return Call("grid_sampler", x[0], x[1], mode, padding, node.Int("align_corners", 0) != 0);
    }
}
