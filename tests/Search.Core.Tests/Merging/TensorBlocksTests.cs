using Search.Merging;

namespace Search.Tests.Merging;

public sealed class TensorBlocksTests
{
    // Names as the common exporters and hubs write them.
    [TestCase("blocks.3.attn.qkv.weight", "blocks.3")]
    [TestCase("vision_model.encoder.layers.11.mlp.fc1.bias", "vision_model.encoder.layers.11")]
    [TestCase("bert.encoder.layer.0.attention.self.query.weight", "bert.encoder.layer.0")]
    [TestCase("transformer.h.7.ln_1.weight", "transformer.h.7")]
    [TestCase("model.layers.31.self_attn.q_proj.weight", "model.layers.31")]
    [TestCase("layer2.0.conv1.weight", "layer2.0")]
    [TestCase("stages.1.blocks.2.dwconv.weight", "stages.1")]
    [TestCase("encoder.layers.encoder_layer_11.mlp.0.weight", "encoder.layers.encoder_layer_11")]
    [TestCase("encoder.layers.2.ffn.layer_1.weight", "encoder.layers.2")]
    [TestCase("bert/encoder/layer_0/attention/self/query/kernel:0", "bert/encoder/layer_0")]
    [TestCase("patch_embed.proj.weight", "rest")]
    [TestCase("norm.weight", "rest")]
    public void Name_CommonArchitectures_FindsTheBlock(string tensor, string block) =>
        Assert.That(new TensorBlocks(TensorBlocks.DefaultPatterns).Name(tensor), Is.EqualTo(block));
}
