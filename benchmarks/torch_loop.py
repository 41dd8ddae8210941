"""A well-written PyTorch loop, in a process and an environment of its own.

It reads one JSON line a run from its input, and answers with the seconds. It
imports nothing of the package: `python torch_loop.py` in an environment of
`requirements-bench.txt`.
"""

import json
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def network(inputs, filters, hidden, classes):
    """The same layers as the Keras models of the work."""
    layers, size = [], inputs
    for count in filters:
        layers += [
            nn.Conv2d(size[-1], count, 3, padding="same"), nn.ReLU(),
            nn.MaxPool2d(2),
        ]  # fmt: skip
        size = (size[0] // 2, size[1] // 2, count)
    layers.append(nn.Flatten())
    width = int(np.prod(size))
    for count in hidden:
        layers += [nn.Linear(width, count), nn.ReLU()]
        width = count
    return nn.Sequential(*layers, nn.Linear(width, classes))


def train(job, cached: bool):
    """Train one student; returns nothing."""
    rows = np.load(job["rows"])
    x = torch.from_numpy(rows["x"])
    if job["filters"] or job["teacher_filters"]:
        x = x.permute(0, 3, 1, 2).contiguous()
    y = torch.from_numpy(rows["y"].astype("int64"))
    size, heat, labels = x.shape[1:], job["temperature"], job["labels"]
    size = (*size[1:], size[0]) if len(size) == 3 else size
    teacher = network(
        size, job["teacher_filters"], job["teacher_hidden"],
        job["classes"],
    ).eval()  # fmt: skip
    student = network(size, job["filters"], job["hidden"], job["classes"])
    optimizer = torch.optim.Adam(student.parameters())

    @torch.inference_mode()
    def told(batch):
        return F.softmax(teacher(batch) / heat, dim=1)

    answers = torch.cat([told(b) for b in x.split(256)]) if cached else None
    answers = None if answers is None else answers.clone()
    for _ in range(job["epochs"]):
        for rows in torch.randperm(len(x)).split(job["batch_size"]):
            batch = x[rows]
            logits = student(batch)
            wanted = answers[rows] if cached else told(batch).clone()
            soft = F.kl_div(
                F.log_softmax(logits / heat, dim=1), wanted,
                reduction="batchmean",
            )  # fmt: skip
            loss = labels * F.cross_entropy(logits, y[rows])
            loss = loss + (1 - labels) * heat**2 * soft
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()


def main():
    """Answer jobs until the input ends."""
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        start = time.perf_counter()
        train(job, job["cached"])
        print(json.dumps(time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
