using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

[TestClass]
public sealed class DeviceTests
{
    private static readonly NativePlatform s_linux = new("linux-x64", "lib", ".so", "TorchSharp-cuda-linux");
    private static readonly NativePlatform s_windows = new("win-x64", "", ".dll", "TorchSharp-cuda-windows");
    private static readonly NativePlatform s_mac = new("osx-arm64", "lib", ".dylib", null);

    [TestMethod]
    [DataRow("auto", "auto"), DataRow("cpu", "cpu"), DataRow("mps", "mps"), DataRow("cuda", "cuda:0"), DataRow("cuda:0", "cuda:0")]
    [DataRow(" CUDA:12 ", "cuda:12"), DataRow("Cpu", "cpu")]
    public void ParsesWhatItPrints(string text, string printed)
    {
        var device = Device.Parse(text);

        Assert.AreEqual(printed, device.ToString());
        Assert.AreEqual(device, Device.Parse(device.ToString()));
    }

    [TestMethod]
    [DataRow(""), DataRow("gpu"), DataRow("cuda:"), DataRow("cuda:-1"), DataRow("cuda: 1"), DataRow("cuda:1:2"), DataRow("cuda:99999999999"), DataRow("cpu:0")]
    public void WhatNamesNoDeviceIsAnErrorThatListsThem(string text)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => Device.Parse(text));

        StringAssert.Contains(error.Message, $"'{text}'");
        StringAssert.Contains(error.Message, "auto, cpu, cuda");
    }

    [TestMethod]
    public void NullAndNegativeIndexesAreErrors()
    {
        Assert.ThrowsExactly<ArgumentNullException>(() => Device.Parse(null!));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Device.Cuda(-1));
    }

    [TestMethod]
    public void ComparesByValue()
    {
        Assert.AreEqual(Device.Cuda(1), Device.Cuda(1));
        Assert.AreEqual(Device.Cuda(1).GetHashCode(), Device.Cuda(1).GetHashCode());
        Assert.AreNotEqual(Device.Cuda(1), Device.Cuda());
        Assert.AreNotEqual(Device.Cpu, Device.Auto);
        Assert.AreEqual(Device.Auto, default);
        Assert.IsTrue(Device.Mps == Device.Parse("mps"));
    }

    [TestMethod]
    public void AutoTakesTheBestThereIs()
    {
        Assert.AreEqual(Device.Cuda(), DeviceSelection.Choose(Device.Auto, new(2, true, false), s_linux));
        Assert.AreEqual(Device.Cpu, DeviceSelection.Choose(Device.Auto, new(2, true, false), s_linux, isSmall: true));
        Assert.AreEqual(Device.Cuda(), DeviceSelection.Choose(Device.Cuda(), new(2, true, false), s_linux, isSmall: true));
        Assert.AreEqual(Device.Mps, DeviceSelection.Choose(Device.Auto, new(0, false, true), s_mac));
        Assert.AreEqual(Device.Cpu, DeviceSelection.Choose(Device.Auto, new(0, true, false), s_windows));
        Assert.AreEqual(Device.Cpu, DeviceSelection.Choose(Device.Cpu, new(2, true, true), s_linux));
        Assert.AreEqual(Device.Cuda(1), DeviceSelection.Choose(Device.Cuda(1), new(2, true, false), s_linux));
    }

    [TestMethod]
    public void CudaWithTheCpuBuildNamesThePackage()
    {
        StringAssert.Contains(Error(Device.Cuda(), new(0, false, false), s_linux), "Reference the package TorchSharp-cuda-linux instead of TorchSharp-cpu");
        StringAssert.Contains(Error(Device.Cuda(), new(0, false, false), s_windows), "Reference the package TorchSharp-cuda-windows");
        StringAssert.Contains(Error(Device.Cuda(), new(0, false, true), s_mac), "Device.Mps");
    }

    [TestMethod]
    public void CudaWithoutAGpuSaysWhatToCheck()
        => StringAssert.Contains(Error(Device.Cuda(), new(0, true, false), s_linux), "nvidia-smi");

    [TestMethod]
    public void AnIndexThatIsTooHighNamesTheDevicesThereAre()
    {
        StringAssert.Contains(Error(Device.Cuda(3), new(2, true, false), s_linux), "cuda:3 was asked for, and there are 2 CUDA devices: cuda:0, cuda:1.");
        StringAssert.Contains(Error(Device.Cuda(1), new(1, true, false), s_linux), "there is 1 CUDA device: cuda:0.");
    }

    [TestMethod]
    public void MpsElsewhereThanOnAMacIsAnError()
        => StringAssert.Contains(Error(Device.Mps, new(1, true, false), s_linux), "Apple silicon");

    [TestMethod]
    public void TheProcessorIsThereOnEveryMachine()
        => Assert.AreEqual("cpu", Device.Cpu.Resolve().ToString());

    [TestMethod]
    public void CudaOnAMachineWithoutItIsAClearError()
    {
        LibTorch.EnsureLoaded();
        if (TorchSharp.torch.cuda.is_available())
        {
            Assert.Inconclusive("This machine has a CUDA device.");
        }

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Device.Cuda().Resolve());

        StringAssert.Contains(error.Message, "The device cuda:0 was asked for");
        Assert.AreNotEqual("cuda", Device.Auto.Resolve().type.ToString().ToLowerInvariant());
    }

    private static string Error(Device device, AvailableDevices available, NativePlatform platform)
        => Assert.ThrowsExactly<InvalidOperationException>(() => DeviceSelection.Choose(device, available, platform)).Message;
}
