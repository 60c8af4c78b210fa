using Search.Strategies;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class HedgeProposerTests
{
    private static readonly int[] Groups = [0];

    // One proposer nominates where the objective is high, the other where it is low; what is imagined would have it the other way round.
    [Test]
    public void Propose_PendingPointsAreImagined_RewardsByWhatWasObserved()
    {
        double[][] observed = [[0.1], [0.9]];
        var process = new GaussianProcess(new Matern52Kernel(), new Hyperparameters([0.1], 1, 1e-6), Groups, observed, [100, -100], 0);
        var hedge = new HedgeProposer([new Fixed(0.1), new Fixed(0.9)]);
        var belief = new Belief(process, new AxisEmbedding([new SearchAxis("x", 0, true, 0.5)]), observed, observed, observed);
        hedge.Observe(process, 1);
        hedge.Propose(belief, new Rng(1, 0, 0));
        hedge.Observe(process, 2);
        Assert.That(process.TryImagine([[0.11], [0.89]], [[-1e9, 1e9]]));
        Assert.That(Enumerable.Range(0, 20).Select(i => hedge.Propose(belief, new Rng(1, 0, i))[0]), Is.All.EqualTo(0.9));
    }

    private sealed class Fixed(double place) : Proposer
    {
        public override double[] Propose(Belief belief, Rng rng) => [place];
    }
}
