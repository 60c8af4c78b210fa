using Search.Merging;

namespace Search.Tests.Merging;

public sealed class TensorKindsTests
{
    // Names as Hugging Face's transformers write them: Llama, GPT-2, GPT-NeoX, OPT, BERT, DistilBERT, ViT, CLIP, T5, BART, Mixtral.
    [TestCase("model.embed_tokens.weight", "embedding")]
    [TestCase("model.layers.31.self_attn.q_proj.weight", "attention")]
    [TestCase("model.layers.31.self_attn.q_norm.weight", "norm")]
    [TestCase("model.layers.31.mlp.gate_proj.weight", "mlp")]
    [TestCase("model.layers.31.post_attention_layernorm.weight", "norm")]
    [TestCase("model.norm.weight", "norm")]
    [TestCase("lm_head.weight", "head")]
    [TestCase("layers.0.attention.wq.weight", "attention")]
    [TestCase("layers.0.feed_forward.w1.weight", "mlp")]
    [TestCase("output.weight", "head")]
    [TestCase("transformer.wte.weight", "embedding")]
    [TestCase("wpe.weight", "embedding")]
    [TestCase("transformer.h.7.attn.c_attn.weight", "attention")]
    [TestCase("transformer.h.7.attn.c_proj.weight", "attention")]
    [TestCase("transformer.h.7.mlp.c_proj.weight", "mlp")]
    [TestCase("transformer.h.7.ln_1.weight", "norm")]
    [TestCase("transformer.ln_f.bias", "norm")]
    [TestCase("gpt_neox.layers.0.attention.query_key_value.weight", "attention")]
    [TestCase("gpt_neox.layers.0.mlp.dense_h_to_4h.bias", "mlp")]
    [TestCase("embed_out.weight", "head")]
    [TestCase("model.decoder.layers.0.fc1.weight", "mlp")]
    [TestCase("model.decoder.layers.0.self_attn_layer_norm.weight", "norm")]
    [TestCase("bert.embeddings.word_embeddings.weight", "embedding")]
    [TestCase("bert.embeddings.LayerNorm.weight", "norm")]
    [TestCase("bert.encoder.layer.0.attention.self.query.weight", "attention")]
    [TestCase("bert.encoder.layer.0.attention.output.dense.weight", "attention")]
    [TestCase("bert.encoder.layer.0.attention.output.LayerNorm.bias", "norm")]
    [TestCase("bert.encoder.layer.0.intermediate.dense.weight", "mlp")]
    [TestCase("bert.encoder.layer.0.output.dense.bias", "mlp")]
    [TestCase("bert.pooler.dense.weight", "head")]
    [TestCase("cls.predictions.transform.dense.weight", "head")]
    [TestCase("classifier.weight", "head")]
    [TestCase("distilbert.transformer.layer.0.attention.q_lin.weight", "attention")]
    [TestCase("distilbert.transformer.layer.0.ffn.lin1.weight", "mlp")]
    [TestCase("distilbert.transformer.layer.0.sa_layer_norm.weight", "norm")]
    [TestCase("pre_classifier.weight", "head")]
    [TestCase("vit.embeddings.cls_token", "embedding")]
    [TestCase("vit.embeddings.patch_embeddings.projection.weight", "embedding")]
    [TestCase("vit.encoder.layer.11.layernorm_before.weight", "norm")]
    [TestCase("vit.encoder.layer.11.attention.attention.key.weight", "attention")]
    [TestCase("vision_model.pre_layrnorm.weight", "norm")]
    [TestCase("vision_model.encoder.layers.11.mlp.fc1.bias", "mlp")]
    [TestCase("vision_model.encoder.layers.11.layer_norm2.bias", "norm")]
    [TestCase("visual_projection.weight", "head")]
    [TestCase("logit_scale", "other")]
    [TestCase("shared.weight", "embedding")]
    [TestCase("encoder.block.0.layer.0.SelfAttention.q.weight", "attention")]
    [TestCase("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "attention")]
    [TestCase("decoder.block.3.layer.1.EncDecAttention.o.weight", "attention")]
    [TestCase("decoder.block.3.layer.2.DenseReluDense.wi_0.weight", "mlp")]
    [TestCase("decoder.block.3.layer.2.layer_norm.weight", "norm")]
    [TestCase("model.layers.0.block_sparse_moe.experts.3.w2.weight", "mlp")]
    // OpenAI's CLIP and OpenCLIP.
    [TestCase("visual.conv1.weight", "embedding")]
    [TestCase("visual.transformer.resblocks.0.attn.in_proj_weight", "attention")]
    [TestCase("visual.transformer.resblocks.0.mlp.c_fc.weight", "mlp")]
    [TestCase("visual.ln_pre.weight", "norm")]
    [TestCase("visual.proj", "head")]
    [TestCase("text_projection", "head")]
    [TestCase("positional_embedding", "embedding")]
    // timm
    [TestCase("patch_embed.proj.weight", "embedding")]
    [TestCase("pos_embed", "embedding")]
    [TestCase("blocks.3.attn.qkv.weight", "attention")]
    [TestCase("blocks.3.mlp.fc2.weight", "mlp")]
    [TestCase("blocks.3.norm1.weight", "norm")]
    [TestCase("blocks.3.ls1.gamma", "other")]
    [TestCase("fc_norm.weight", "norm")]
    [TestCase("head.fc.weight", "head")]
    [TestCase("layers.0.blocks.1.attn.relative_position_bias_table", "attention")]
    [TestCase("layers.0.downsample.norm.weight", "norm")]
    [TestCase("conv_stem.weight", "embedding")]
    // torchvision
    [TestCase("conv1.weight", "embedding")]
    [TestCase("bn1.running_mean", "norm")]
    [TestCase("layer1.0.conv1.weight", "other")]
    [TestCase("layer2.0.downsample.0.weight", "other")]
    [TestCase("layer2.0.downsample.1.weight", "norm")]
    [TestCase("fc.weight", "head")]
    [TestCase("features.denseblock1.denselayer1.norm1.weight", "norm")]
    [TestCase("classifier.6.weight", "head")]
    [TestCase("encoder.layers.encoder_layer_0.self_attention.in_proj_weight", "attention")]
    [TestCase("encoder.layers.encoder_layer_0.mlp.linear_1.weight", "mlp")]
    [TestCase("encoder.ln.weight", "norm")]
    [TestCase("heads.head.weight", "head")]
    // ONNX exports
    [TestCase("model.layers.0.attn.q_proj.MatMul.weight", "attention")]
    [TestCase("bert/encoder/layer_0/intermediate/dense/kernel:0", "mlp")]
    [TestCase("bert/encoder/layer_0/attention/self/query/kernel:0", "attention")]
    [TestCase("onnx::MatMul_145", "other")]
    public void Name_CommonArchitectures_FindsTheKind(string tensor, string kind) =>
        Assert.That(new TensorKinds([]).Name(tensor), Is.EqualTo(kind));

    [Test]
    public void Name_PatternsOfOnesOwn_ComeFirstAndMayNameNewKinds()
    {
        var kinds = new TensorKinds([new("conv", [@"\.conv\d"]), new("mlp", ["downsample"])]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kinds.Name("layer1.0.conv1.weight"), Is.EqualTo("conv"));
            Assert.That(kinds.Name("layer2.0.downsample.1.weight"), Is.EqualTo("mlp"));
            Assert.That(kinds.Name("bn1.weight"), Is.EqualTo("norm"));
            Assert.That(kinds.Names, Is.EqualTo(new[] { "conv", "mlp", "attention", "norm", "embedding", "head", "other" }));
        }
    }
}
