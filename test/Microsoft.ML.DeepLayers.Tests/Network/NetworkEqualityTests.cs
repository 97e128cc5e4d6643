using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

[TestClass]
public sealed class NetworkEqualityTests
{
    [TestMethod]
    public void Networks_of_equal_layers_are_equal_and_hash_alike()
    {
        static Sequential Make() => [new Input(28, 28, 1), new Conv2D(8, (3, 5), activation: Activation.LeakyReLU(0.1f)), new Reshape(-1), new Permute(1), new Dense(3)];
        Network one = Make(), other = Make();
        Assert.IsTrue(one == other);
        Assert.IsFalse(one != other);
        Assert.AreEqual<object>(one, other);
        Assert.AreEqual(one.GetHashCode(), other.GetHashCode());
    }

    [TestMethod]
    public void Every_difference_counts()
    {
        Network original = new Sequential { new Dense(3, Activation.ReLU), new Dropout(0.5f) };
        Network[] others =
        [
            new Sequential(),
            new Sequential { new Dense(3, Activation.ReLU) },
            new Sequential { new Dense(4, Activation.ReLU), new Dropout(0.5f) },
            new Sequential { new Dense(3, Activation.Tanh), new Dropout(0.5f) },
            new Sequential { new Dense(3, Activation.ReLU), new Dropout(0.4f) },
            new Sequential { new Dropout(0.5f), new Dense(3, Activation.ReLU) },
            new Sequential { new Dense(3, Activation.ReLU) { Name = "first" }, new Dropout(0.5f) },
            new Sequential { new Input(4), new Dense(3, Activation.ReLU), new Dropout(0.5f) },
            new Sequential { new Input(null, "Other"), new Dense(3, Activation.ReLU), new Dropout(0.5f) },
            new Sequential { new Dense(3, Activation.ReLU, kernelInitializer: VarianceScaling.HeNormal), new Dropout(0.5f) },
        ];
        foreach (Network other in others)
        {
            Assert.IsTrue(original != other, other.ToJson());
            Assert.AreNotEqual(original.GetHashCode(), other.GetHashCode(), other.ToJson());
        }
    }

    [TestMethod]
    public void A_name_that_is_given_anyway_makes_no_difference()
    {
        Network implied = new Sequential { new Dense(3), new Dense(2) };
        Network stated = new Sequential { new Input(default(Shape?)) { Name = "input" }, new Dense(3) { Name = "dense" }, new Dense(2) { Name = "dense_1" } };
        Assert.AreEqual(implied, stated);
        Assert.AreEqual(implied.GetHashCode(), stated.GetHashCode());
    }

    [TestMethod]
    public void Nothing_equals_only_nothing()
    {
        Network? none = null;
        Network some = new Sequential();
        Assert.IsTrue(none == null);
        Assert.IsFalse(some == none);
        Assert.IsTrue(none != some);
        Assert.IsFalse(some.Equals((object)"Sequential"));
    }

    [TestMethod]
    public void Equal_layers_make_equal_networks_whatever_they_are() => Property.Holds(ComponentGen.Network, network =>
    {
        Network copy = new Sequential(network.Select(layer => layer with { }));
        Assert.AreEqual<Network>(network, copy);
        Assert.AreEqual(network.GetHashCode(), copy.GetHashCode());
        Assert.AreNotEqual<Network>(network, new Sequential([.. network, new Dense(99)]));
    });

    [TestMethod]
    public void A_network_prints_as_its_layers() => Assert.AreEqual(
        "input → conv2d → first → dense",
        new Sequential { new Conv2D(3, 3), new Flatten { Name = "first" }, new Dense(1) }.ToString());
}
