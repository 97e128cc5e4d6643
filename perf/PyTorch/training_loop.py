"""The benchmark networks in PyTorch. Reads a line, trains once, prints the seconds that took; until there are no more lines."""
import sys
import time

import torch
from torch import nn


class LastStep(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(16, 64, batch_first=True)
        self.linear = nn.Linear(64, 4)

    def forward(self, x):
        return self.linear(self.lstm(x)[0][:, -1])


def mlp(features, hidden, classes):
    layers = []
    for units in hidden:
        layers += [nn.Linear(features, units), nn.ReLU()]
        features = units
    return nn.Sequential(*layers, nn.Linear(features, classes))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1600, 10))


NETWORKS = {
    "small MLP": (lambda: mlp(30, [64, 64], 3), (30,), 3),
    "wide MLP": (lambda: mlp(784, [512, 512], 10), (784,), 10),
    "CNN": (cnn, (1, 28, 28), 10),
    "LSTM": (LastStep, (32, 16), 4),
}


def main(name, batch, count, epochs, held_out, device):
    build, shape, classes = NETWORKS[name]
    torch.manual_seed(1)
    labels = torch.randint(classes, (count,), device=device)
    examples = torch.rand(count, *shape, device=device)
    training = count - int(count * held_out)

    def run():
        model = build().to(device)
        optimizer = torch.optim.Adam(model.parameters())
        for _ in range(epochs):
            model.train()
            order = torch.randperm(training, device=device)
            loss_sum, correct = torch.zeros(1, device=device), torch.zeros(1, dtype=torch.int64, device=device)
            for start in range(0, training, batch):
                rows = order[start:start + batch]
                expected = labels[rows]
                output = model(examples[rows])
                loss = nn.functional.cross_entropy(output, expected)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                with torch.no_grad():
                    loss_sum += loss * len(rows)
                    correct += (output.argmax(1) == expected).sum()
            loss_sum.item(), correct.item()
            model.eval()
            with torch.no_grad():
                for start in range(training, count, batch):
                    expected = labels[start:start + batch]
                    output = model(examples[start:start + batch])
                    loss_sum += nn.functional.cross_entropy(output, expected) * len(expected)
                    correct += (output.argmax(1) == expected).sum()
            loss_sum.item(), correct.item()

    for _ in sys.stdin:
        start = time.perf_counter()
        run()
        print(time.perf_counter() - start, flush=True)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), sys.argv[6])
