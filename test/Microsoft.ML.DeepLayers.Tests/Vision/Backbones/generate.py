"""Prints the logits that ReferenceLogitsTests compares with, computed by torchvision and timm (made with torch 1.13, torchvision 0.14, timm 1.0.29.dev0).

Weights and the image are numbers that follow from a tensor's name and a place in it, the same here and in the tests, so
that no file of weights is needed. They are computed in double precision. Networks are narrow where torchvision lets them be.

    python3 generate.py
"""
import re

import numpy as np
import timm
import torch
from torchvision import models
from torchvision.models import convnext, vgg
from torchvision.models.vision_transformer import VisionTransformer

torch.set_num_threads(1)


def numbers(name, count):
    """Numbers from 0 to below 1: a hash of the name (FNV-1a) and the place, mixed as by MurmurHash3."""
    seed = np.uint64(2166136261)
    for byte in name.encode():
        seed = np.uint64((int(seed) ^ byte) * 16777619 % 2 ** 32)
    x = (np.arange(count, dtype=np.uint64) * np.uint64(2654435761) + seed) % np.uint64(2 ** 32)
    x ^= x >> np.uint64(16)
    x = x * np.uint64(0x85EBCA6B) % np.uint64(2 ** 32)
    x ^= x >> np.uint64(13)
    x = x * np.uint64(0xC2B2AE35) % np.uint64(2 ** 32)
    x ^= x >> np.uint64(16)
    return x.astype(np.float64) / 2 ** 32


def fill(name, tensor):
    u = numbers(name, tensor.numel())
    if name.endswith("running_var") or "layer_scale" in name or (name.endswith("weight") and tensor.dim() == 1):
        values = 0.5 + u
    elif name.endswith("weight"):
        values = (2 * u - 1) * np.sqrt(6 / (tensor.numel() / tensor.shape[0]))
    else:
        values = (u - 0.5) / 4
    return torch.from_numpy(values.astype(np.float32)).reshape(tensor.shape)


def vit(name):
    """The name that timm has for a tensor of torchvision's vision transformer."""
    name = re.sub(r"encoder\.layers\.encoder_layer_(\d+)\.", r"blocks.\1.", name)
    for ours, theirs in [
            ("encoder.pos_embedding", "pos_embed"), ("class_token", "cls_token"), ("conv_proj", "patch_embed.proj"), ("encoder.ln", "norm"), ("heads.head", "head"),
            ("ln_1", "norm1"), ("ln_2", "norm2"), ("self_attention.in_proj_", "attn.qkv."), ("self_attention.out_proj", "attn.proj"), ("mlp.0", "mlp.fc1"),
            ("mlp.3", "mlp.fc2"), ("mlp.linear_1", "mlp.fc1"), ("mlp.linear_2", "mlp.fc2")]:
        name = name.replace(ours, theirs)
    return name


def logits(name, model, height, width, rename=lambda name: name, mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225)):
    model.load_state_dict({key: value if key.endswith("num_batches_tracked") else fill(rename(key), value) for key, value in model.state_dict().items()})
    model.eval()
    pixels = np.floor(numbers("pixels", height * width * 3) * 256).astype(np.float32).reshape(1, height, width, 3)
    image = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous() / 255
    with torch.no_grad():
        output = model.double()((image.double() - torch.tensor(mean).double().view(1, 3, 1, 1)) / torch.tensor(deviation).double().view(1, 3, 1, 1))
    print(f'["{name}"] = [{", ".join(f"{value:.7g}f" for value in output[0].tolist())}],')


def narrow_vgg():
    features = vgg.make_layers([channels if channels == "M" else channels // 8 for channels in vgg.cfgs["D"]])
    model = vgg.VGG(features, num_classes=5)
    model.classifier = torch.nn.Sequential(
        torch.nn.Linear(64 * 49, 512), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(512, 512), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(512, 5))
    return model


logits("ResNet18", models.resnet18(num_classes=5), 40, 56)
logits("ResNet34", models.resnet34(num_classes=5), 40, 56)
logits("ResNet50", models.resnet50(num_classes=5), 33, 33)
logits("MobileNetV2", models.mobilenet_v2(num_classes=5, width_mult=0.35), 40, 56)
logits("MobileNetV3Large", models.mobilenet_v3_large(num_classes=5, width_mult=0.35), 40, 56)
logits("MobileNetV3Small", models.mobilenet_v3_small(num_classes=5, width_mult=0.5), 41, 57)
logits("EfficientNetB0", models.efficientnet_b0(num_classes=5), 40, 56)
logits("ConvNeXtTiny", convnext.ConvNeXt(
    [convnext.CNBlockConfig(24, 48, 3), convnext.CNBlockConfig(48, 96, 3), convnext.CNBlockConfig(96, 192, 9), convnext.CNBlockConfig(192, None, 3)], num_classes=5), 64, 96)
logits("VGG16", narrow_vgg(), 64, 96)
logits("ViTTiny", VisionTransformer(48, 16, 12, 1, 64, 256, num_classes=5), 48, 48, vit, (0.5,) * 3, (0.5,) * 3)
logits("MobileNetV3Large of timm", timm.create_model("mobilenetv3_large_100", num_classes=5), 40, 56)
logits("MobileNetV3Small of timm", timm.create_model("mobilenetv3_small_100", num_classes=5), 41, 57)
logits("MobileNetV2 of timm", timm.create_model("mobilenetv2_100", num_classes=5), 40, 56)
logits("EfficientNetB0 of timm", timm.create_model("efficientnet_b0", num_classes=5), 40, 56)
logits("ConvNeXtTiny of timm", timm.create_model("convnext_tiny", num_classes=5), 64, 96)
logits("ViTTiny of timm", timm.create_model("vit_tiny_patch16_224", img_size=48, num_classes=5), 48, 48, mean=(0.5,) * 3, deviation=(0.5,) * 3)
