namespace Search.Evaluation;

/// <summary>A vision transformer (Dosovitskiy et al. 2020, arXiv:2010.11929) of the sizes of ViT-B/32: 12 layers, width 768, 12 heads, 224 × 224 pixels in patches of 32 × 32.</summary>
internal sealed class VisionTransformer : BenchmarkModel
{
    private const int Layers = 12;
    private const int Width = 768;
    private const int Heads = 12;
    private const int Pixels = 224;
    private const int Patch = 32;
    private const int Tokens = (Pixels / Patch * (Pixels / Patch)) + 1;

    /// <inheritdoc />
    public override IReadOnlyList<long> Example => [3, Pixels, Pixels];

    /// <inheritdoc />
    protected override string Compute()
    {
        string patches = Node("Conv", [Input, Weight("patches.weight", Width, 3, Patch, Patch)], ("kernel_shape", [Patch, Patch]), ("strides", [Patch, Patch]));
        string rows = Node("Transpose", [Node("Reshape", [patches, Integers(0, Width, Tokens - 1)])], ("perm", [0, 2, 1]));
        string examples = Node("Slice", [Node("Shape", [Input]), Integers(0), Integers(1)]);
        string shape = Node("Concat", [examples, Integers(1), Integers(Width)], ("axis", [0]));
        string classToken = Node("Expand", [Weight("class_token", 1, 1, Width), shape]);
        string tokens = Node("Add", [Node("Concat", [classToken, rows], ("axis", [1])), Weight("positions", 1, Tokens, Width)]);
        for (int layer = 0; layer < Layers; layer++)
        {
            string name = $"layers.{layer:00}";
            tokens = Node("Add", [tokens, Attention(Norm(tokens, $"{name}.norm1"), name)]);
            string hidden = Linear(Norm(tokens, $"{name}.norm2"), $"{name}.mlp.fc1", Width, 4 * Width);
            tokens = Node("Add", [tokens, Linear(Gelu(hidden), $"{name}.mlp.fc2", 4 * Width, Width)]);
        }

        string first = Node("Gather", [Norm(tokens, "norm"), Integers(0)], ("axis", [1]));
        return Linear(Node("Reshape", [first, Integers(0, Width)]), "head", Width, Classes);
    }

    private string Norm(string x, string name) => Node("LayerNormalization", [x, Weight($"{name}.weight", Width), Weight($"{name}.bias", Width)]);

    private string Linear(string x, string name, int inputs, int outputs) =>
        Node("Add", [Node("MatMul", [x, Weight($"{name}.weight", inputs, outputs)]), Weight($"{name}.bias", outputs)]);

    private string Attention(string x, string name)
    {
        string query = Split(x, $"{name}.attention.query", 0, 2, 1, 3);
        string key = Split(x, $"{name}.attention.key", 0, 2, 3, 1);
        string value = Split(x, $"{name}.attention.value", 0, 2, 1, 3);
        string scores = Node("Mul", [Node("MatMul", [query, key]), Number(1 / MathF.Sqrt(Width / Heads))]);
        string mixed = Node("MatMul", [Node("Softmax", [scores], ("axis", [-1])), value]);
        string joined = Node("Reshape", [Node("Transpose", [mixed], ("perm", [0, 2, 1, 3])), Integers(0, 0, Width)]);
        return Linear(joined, $"{name}.attention.output", Width, Width);
    }

    private string Split(string x, string name, params long[] order) =>
        Node("Transpose", [Node("Reshape", [Linear(x, name, Width, Width), Integers(0, 0, Heads, Width / Heads)])], ("perm", order));

    // Hendrycks and Gimpel 2016, arXiv:1606.08415: x Φ(x).
    private string Gelu(string x)
    {
        string erf = Node("Erf", [Node("Div", [x, Number(MathF.Sqrt(2))])]);
        return Node("Mul", [Node("Mul", [x, Node("Add", [erf, Number(1)])]), Number(0.5f)]);
    }
}
