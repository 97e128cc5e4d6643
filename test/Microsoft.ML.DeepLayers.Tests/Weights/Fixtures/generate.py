"""Makes the files in this folder; the tests only read them.

The .pt files are written by PyTorch (made with 1.13), with an input and the module's own output beside the weights.
Keras's files are laid out by h5py (made with 3.7) as Keras 3 lays them out, and the outputs beside them are computed here
in NumPy, from Keras's definitions. Keras itself was not at hand.

    python3 generate.py
"""
import io
import json
import os
import zipfile

import h5py
import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))


def save(name, content):
    torch.save(content, os.path.join(here, name))


# ---- PyTorch: networks -------------------------------------------------------------------------------------------
torch.manual_seed(1)
image = torch.nn.Sequential(
    torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
    torch.nn.BatchNorm1d(18), torch.nn.Linear(18, 4))
image(torch.randn(16, 2, 8, 6))  # gives the running statistics values
image.eval()
x = torch.randn(2, 2, 8, 6)
save("image.pt", {"epoch": 3, "rate": 0.5, "model": image.state_dict(), "input": x, "output": image(x).detach()})


class Text(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding(7, 5)
        self.both = torch.nn.LSTM(5, 4, batch_first=True, bidirectional=True)
        self.gates = torch.nn.GRU(8, 3, batch_first=True)
        self.head = torch.nn.Linear(3, 2)

    def forward(self, x):
        return self.head(self.gates(self.both(self.words(x))[0])[0][:, -1])


text = Text()
x = torch.tensor([[1, 2, 3, 0, 6], [4, 5, 6, 6, 1]])
save("text.pt", {"model": text.state_dict(), "input": x, "output": text(x).detach()})

# ---- PyTorch: types and views ------------------------------------------------------------------------------------
base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
types = {
    "float": base,
    "transposed": base.t(),                 # shares the storage
    "slice": base[1:, ::2],
    "tied": base,
    "parameter": torch.nn.Parameter(torch.tensor([1.5, -2])),
    "double": torch.tensor([0.1, -1e300], dtype=torch.float64),
    "half": torch.tensor([0.5, -65504, 6e-8], dtype=torch.float16),
    "bfloat16": torch.tensor([1, -3.140625, 2.0 ** 100], dtype=torch.bfloat16),
    "long": torch.tensor([-1, 2 ** 40]), "int": torch.tensor([-7], dtype=torch.int32), "short": torch.tensor([-300], dtype=torch.int16),
    "char": torch.tensor([-128], dtype=torch.int8), "byte": torch.tensor([255], dtype=torch.uint8), "bool": torch.tensor([True, False]),
    "scalar": torch.tensor(42.0),
    "nothing": None, "list": [1, 2], "size": base.shape, "big": 2 ** 40,
}
save("types.pt", types)
# As PyTorch wrote before 1.6, and as many published weights still are.
torch.save(types, os.path.join(here, "types-legacy.pt"), _use_new_zipfile_serialization=False)
save("module.pt", torch.nn.Linear(2, 2))  # a whole module: its class would have to be found and run


# ---- Keras -------------------------------------------------------------------------------------------------------
rng = np.random.default_rng(1)


def weight(*shape):
    return rng.normal(0, 0.5, shape).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def conv2d(x, kernel, bias):
    height, width = kernel.shape[:2]
    out = np.zeros((x.shape[0], x.shape[1] - height + 1, x.shape[2] - width + 1, kernel.shape[3]))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = np.tensordot(x[:, i:i + height, j:j + width], kernel, 3) + bias
    return out


def lstm(x, kernel, recurrent, bias):
    units = recurrent.shape[0]
    h = c = np.zeros((x.shape[0], units))
    outputs = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs, 1)


def gru(x, kernel, recurrent, bias):
    h = np.zeros((x.shape[0], recurrent.shape[0]))
    for t in range(x.shape[1]):
        xz, xr, xh = np.split(x[:, t] @ kernel + bias[0], 3, axis=-1)
        hz, hr, hh = np.split(h @ recurrent + bias[1], 3, axis=-1)
        z = sigmoid(xz + hz)
        h = z * h + (1 - z) * np.tanh(xh + sigmoid(xr + hr) * hh)
    return h


def write(file, layers, extra):
    """layers: (path of the group that has vars, the name attribute or None, arrays)"""
    with h5py.File(file, "w") as h5:
        for path, name, arrays in layers + [("test", None, extra)]:
            group = h5.require_group(path).create_group("vars")
            if name:
                group.attrs["name"] = name
            for i, array in enumerate(arrays):
                group[str(i)] = array


kernel, bias = weight(3, 2, 2, 3), weight(3)
gamma, beta, mean, variance = weight(3), weight(3), weight(3), np.abs(weight(3)) + 0.5
dense_kernel, dense_bias = weight(2 * 3 * 3, 4), weight(4)
x = weight(2, 4, 4, 2)
y = conv2d(x, kernel, bias)
y = gamma * (y - mean) / np.sqrt(variance + 1e-3) + beta
y = y.reshape(2, -1) @ dense_kernel + dense_bias
write(os.path.join(here, "image.weights.h5"), [
    ("layers/conv2d", None, [kernel, bias]),
    ("layers/batch_normalization", None, [gamma, beta, mean, variance]),
    ("layers/flatten", None, []),
    ("layers/dropout/seed_generator", None, [np.array([1, 2], "uint32")]),
    ("layers/dense", None, [dense_kernel, dense_bias]),
    ("optimizer", None, [np.array(5, "int64"), np.array(1e-3, "float32")]),
], [x, y.astype("float32")])

table = weight(7, 5)
forward, backward = [weight(5, 16), weight(4, 16), weight(16)], [weight(5, 16), weight(4, 16), weight(16)]
gates = [weight(8, 9), weight(3, 9), weight(2, 9)]
head_kernel, head_bias = weight(3, 2), weight(2)
words = np.array([[1, 2, 3, 0, 6], [4, 5, 6, 6, 1]])
y = table[words]
y = np.concatenate([lstm(y, *forward), lstm(y[:, ::-1], *backward)[:, ::-1]], -1)
y = gru(y, *gates) @ head_kernel + head_bias
h5 = io.BytesIO()
write(h5, [
    ("layers/embedding", "words", [table]),
    ("layers/bidirectional", "both", []),
    ("layers/bidirectional/forward_layer", None, []),
    ("layers/bidirectional/forward_layer/cell", None, forward),
    ("layers/bidirectional/backward_layer", None, []),
    ("layers/bidirectional/backward_layer/cell", None, backward),
    ("layers/gru", "gates", []),
    ("layers/gru/cell", None, gates),
    ("layers/dense", None, [head_kernel, head_bias]),
], [words.astype("float32"), y.astype("float64")])
with zipfile.ZipFile(os.path.join(here, "text.keras"), "w") as zf:
    zf.writestr("metadata.json", json.dumps({"keras_version": "3.0.0"}))
    zf.writestr("config.json", json.dumps({"class_name": "Sequential", "config": {"name": "sequential", "layers": [
        {"class_name": "InputLayer", "config": {"name": "input_layer"}},
        {"class_name": "Embedding", "config": {"name": "words"}},
        {"class_name": "Bidirectional", "config": {"name": "both"}},
        {"class_name": "GRU", "config": {"name": "gates"}},
        {"class_name": "Dense", "config": {"name": "head"}}]}}))
    zf.writestr("model.weights.h5", h5.getvalue())
