"""Golden values of the losses, from the code of other libraries.

    python tests/objectives/goldens/make.py --torchdistill DIR
        --mdistiller DIR --repdistiller DIR --trl DIR

Each DIR is a clone of that library; PyTorch must be installed. Only the named
function or class is taken from its file, so that nothing else of the library
has to be. Values of a library that is not given stay as they are.
"""

import argparse
import ast
import json
import subprocess
from pathlib import Path

import cases
import numpy as np
import torch
from torch import nn
from torch.nn import functional

GOLDENS = Path(__file__).with_name("goldens.json")
REPOSITORIES = {
    "torchdistill": "yoshitomo-matsubara/torchdistill",
    "mdistiller": "megvii-research/mdistiller",
    "repdistiller": "HobbitLong/RepDistiller",
    "trl": "huggingface/trl",
}


def borrow(path, *names, wanted):
    """What a file defines as `wanted`, run with PyTorch and no other import.

    Args:
        path: the file.
        *names: the top-level definitions to run, in order.
        wanted: `"name"`, or `"Class.method"` for a static method.
    """
    space = {
        "torch": torch,
        "nn": nn,
        "F": functional,
        "normalize": functional.normalize,
        "cosine_similarity": functional.cosine_similarity,
    }
    owner, _, method = wanted.rpartition(".")
    for node in ast.parse(path.read_text("utf-8")).body:
        if getattr(node, "name", None) == owner:
            body = [n for n in node.body if getattr(n, "name", "") == method]
            body[0].decorator_list = []
        elif getattr(node, "name", None) in (*names, wanted):
            body = [node]
            node.decorator_list = []
        else:
            continue
        exec(compile(ast.Module(body, []), str(path), "exec"), space)
    return space[method]


def record(function, student, *others):
    """A function's value and, where it's small, its gradient."""
    student = torch.tensor(student, requires_grad=True)
    value = function(student, *(torch.tensor(o) for o in others))
    value.backward()
    entry = {"value": f"{value.item():.13g}"}
    if student.numel() <= 400:
        slope = student.grad.numpy().ravel()
        entry["gradient"] = " ".join(f"{s:.13g}" for s in slope)
    return entry


def put(found, key, function, *arrays):
    entry = record(function, *arrays)
    if np.isfinite(float(entry["value"])):  # some overflow where we do not
        found[key] = entry


def on_logits(found, key, function, *others):
    """One entry a shape and temperature."""
    for name in cases.SHAPES:
        v, z = cases.logits(name)
        for temperature in cases.TEMPERATURES:
            put(
                found,
                f"{key} {name} T={temperature:g}",
                lambda s, *rest, t=temperature: function(t, s, *rest),
                z,
                v,
                *(other(name) for other in others),
            )


def through(loss_class, **options):
    """A torchdistill loss as a function of student and teacher."""
    loss = loss_class("s", "o", "t", "o", **options)
    return lambda s, t: loss({"s": {"o": s}}, {"t": {"o": t}})


def torchdistill(folder, found):
    path = folder / "torchdistill" / "losses" / "mid_level.py"
    kd, std, dist, rkd = (
        borrow(path, wanted=name)
        for name in ("KDLoss", "LogitStdKDLoss", "DISTLoss", "RKDLoss")
    )
    # Without cross-entropy these leave T² out: it is multiplied here.
    on_logits(
        found,
        "kl_divergence",
        lambda t, s, v: t**2 * through(kd, temperature=t, alpha=0.0)(s, v),
    )
    on_logits(
        found,
        "standardized_kd",
        lambda t, s, v: (
            t**2 * through(std, temperature=t, eps=0.0, alpha=0.0)(s, v)
        ),
    )
    on_logits(
        found, "dist", lambda t, s, v: through(dist, tau=t, eps=1e-300)(s, v)
    )
    relations(
        found,
        lambda s, t: rkd("t", "s", 1.0, 0.0, "mean").compute_rkd_distance_loss(
            t, s
        ),
    )


def mdistiller(folder, found):
    folder = folder / "mdistiller" / "distillers"
    kd = borrow(folder / "KD.py", wanted="kd_loss")
    on_logits(found, "kl_divergence", lambda t, s, v: kd(s, v, t))
    dkd = borrow(
        folder / "DKD.py",
        "_get_gt_mask",
        "_get_other_mask",
        "cat_mask",
        wanted="dkd_loss",
    )
    on_logits(
        found,
        "decoupled_kd",
        lambda t, s, v, y: dkd(s, v, y, 1.0, 8.0, t),
        cases.labels,
    )
    rkd = borrow(folder / "RKD.py", "_pdist", wanted="rkd_loss")
    relations(found, lambda s, t: rkd(s, t, distance_weight=1, angle_weight=0))


def repdistiller(folder, found):
    folder = folder / "distiller_zoo"
    kl = borrow(folder / "KD.py", wanted="DistillKL")
    on_logits(found, "kl_divergence", lambda t, s, v: kl(t)(s, v))
    t, s = cases.features()
    hint = borrow(folder / "FitNet.py", wanted="HintLoss")()
    put(found, "hint", hint, s, t)
    attention = borrow(folder / "AT.py", wanted="Attention")()
    put(
        found,
        "attention",
        # Channels come first there; the mean over places is a sum here.
        lambda s, t: (
            attention.at_loss(s.permute(0, 3, 1, 2), t.permute(0, 3, 1, 2))
            * (s.shape[1] * s.shape[2])
        ),
        s,
        t,
    )
    rkd = borrow(folder / "RKD.py", wanted="RKDLoss")
    relations(found, lambda s, t: rkd(1, 0)(s, t))


def relations(found, function):
    for copies in (False, True):
        t, s = cases.rows(copies)
        put(found, f"relations copies={copies}", function, s, t)


def trl(folder, found):
    path = folder / "trl" / "experimental" / "gkd" / "gkd_trainer.py"
    jsd = borrow(path, wanted="GKDTrainer.generalized_jsd_loss")
    for beta in cases.BETAS:  # T² is left out there
        on_logits(
            found,
            f"generalized_jsd beta={beta:g}",
            lambda t, s, v, b=beta: t**2 * jsd(s, v, beta=b, temperature=t),
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in REPOSITORIES:
        parser.add_argument(f"--{name}", type=Path)
    given = vars(parser.parse_args())
    goldens = json.loads(GOLDENS.read_text()) if GOLDENS.exists() else {}
    for name, repository in REPOSITORIES.items():
        if given[name] is None:
            continue
        found: dict = {}
        globals()[name](given[name], found)
        revision = subprocess.run(
            ["git", "-C", given[name], "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
        ).stdout.strip()
        goldens[name] = {
            "repository": repository,
            "revision": revision,
            "values": found,
        }
    lines = json.dumps(goldens, indent=1, sort_keys=True)
    GOLDENS.write_text(lines + "\n")


if __name__ == "__main__":
    main()
