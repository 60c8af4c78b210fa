using System.Text.RegularExpressions;

namespace Search.Merging;

/// <summary>Names the kind of module that a tensor belongs to, by its name.</summary>
public sealed class TensorKinds
{
    private const RegexOptions Free = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    private readonly (string Kind, Regex Pattern)[] _patterns;

    /// <summary>Compiles patterns of one's own, which come before those of <see cref="Table"/>.</summary>
    /// <param name="own">Kind to regular expressions, tried in order; a kind may be new.</param>
    public TensorKinds(IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> own)
    {
        _patterns =
        [
            .. own.SelectMany(kind => kind.Value.Select(pattern => (kind.Key, new Regex(pattern, RegexOptions.CultureInvariant)))),
            .. Table.Select(kind => (kind.Key, new Regex(kind.Value, Free))),
        ];
        Names = [.. own.Select(kind => kind.Key).Concat(Order).Distinct()];
    }

    /// <summary>The kind of query, key, value and output projections and what else is part of attention.</summary>
    public const string Attention = "attention";

    /// <summary>The kind of feed-forward layers, experts of a mixture included.</summary>
    public const string Mlp = "mlp";

    /// <summary>The kind of normalisation layers, wherever they are.</summary>
    public const string Norm = "norm";

    /// <summary>The kind of what turns inputs into features: embeddings of tokens, positions and patches, stems.</summary>
    public const string Embedding = "embedding";

    /// <summary>The kind of what turns features into answers: heads, classifiers, poolers.</summary>
    public const string Head = "head";

    /// <summary>The kind of what no pattern matches: the convolutions of a ConvNet, layer scales.</summary>
    public const string Other = "other";

    /// <summary>Kind to regular expression, whatever the letters' case, in the order in which they are tried: norms inside attention are norms.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Table { get; } =
    [
        new(Norm, @"norm|(^|[./])(ln|bn)(_[a-z0-9]+|[0-9]+)?[./]|(^|[./])downsample\.1\.|(^|[./])running_(mean|var)$"),
        new(Head, @"(^|[./])(lm_head|heads?|head_dist|[a-z_]*classifier|classification_head|score|cls|pooler|qa_outputs|vocab_(transform|projector)|embed_out|(visual|text)_projection|conv_head)([./]|$)"
            + @"|^(model\.|module\.)?(fc|output|last_linear)[./]|^(visual\.)?proj$"),
        new(Attention, @"attn|attention|(^|[./])(w?qkv|query|key|value|query_key_value|[qkvo]_proj|[qkv]_lin|w[qkv])[._/]"),
        new(Embedding, @"embed|(^|[./])(wte|wpe|shared|(cls|class|dist|distillation|mask|reg)_token|register_tokens|stem|conv_stem|conv_proj)([./]|$)"
            + @"|^(model\.|module\.)?((visual\.)?conv1|features\.conv0)[./]"),
        new(Mlp, @"mlp|ffn|feed_?forward|densereludense"
            + @"|(^|[./])(fc[12]|linear[12]|lin[12]|fc_(in|out)|c_fc|intermediate|output[./]dense|block_sparse_moe|experts?|w[123]|wi(_\d)?|(gate|up|down)_proj|dense_h_to_4h|dense_4h_to_h)[._/]"),
    ];

    /// <summary>The kinds there are.</summary>
    public IReadOnlyList<string> Names { get; }

    private static string[] Order => [Attention, Mlp, Norm, Embedding, Head, Other];

    /// <summary>Names a tensor's kind.</summary>
    /// <param name="tensor">The tensor's name.</param>
    public string Name(string tensor) => _patterns.FirstOrDefault(each => each.Pattern.IsMatch(tensor)).Kind ?? Other;
}
