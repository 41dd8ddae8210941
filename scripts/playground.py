"""Write what the playground and the calculator show: `make playground`.

`models.js` holds three trained networks, images, and what Keras says of them;
`law.js` holds what the page on scaling fitted, found by running its code. Both
are committed: the pages then need no data set and no training where the book
is built, and are the same everywhere. Each carries a digest of what it was
made from, and a test says when it is out of date.
"""

import argparse
import base64
import hashlib
import inspect
import json
import os
import platform
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import nbformat
import numpy as np

import kd_tutorial as kd

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "book" / "_static" / "playground"
SCALING = "trends/scaling.ipynb"
CELLS = "01 03 05 07 10 17 18 20 22 26 31"  # from its data to its rule
LABELLED, FEW, SHOWN, TRIED = 2400, 2, 40, 20  # rows; images of each digit
T, UNITS = 4.0, 24
BUDGET = {"steps": 1000, "learning_rate": 0.005}  # those of the scaling page
NAMES = ("teacher", "labels", "answers")


def packed(array, kind: str = "<f4") -> str:
    """Numbers as text, as `kdNet.numbers` of net.js reads them."""
    return base64.b64encode(np.asarray(array, kind).tobytes()).decode()


def halved(x):
    """Each image as 14 by 14 means of 2 by 2 pixels."""
    return x.reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4))


def by_turns(split, count, seed=0):
    """Some images of each digit, 0 to 9 and again 0 to 9."""
    chosen = kd.few_per_class(split, count, seed=seed)
    return chosen.take(np.arange(10 * count).reshape(10, count).T.ravel())


def network():
    """The students, on 14 by 14 pixels."""
    return kd.mlp((14, 14, 1), 10, hidden=(UNITS,))


def reader():
    """The teacher, on 28 by 28."""
    return kd.strided_cnn((28, 28, 1), 10, filters=(16, 32, 64))


def trained(seeds):
    """A split, a teacher and two students for each seed.

    Returns:
        What `models` writes: for each seed the test images, the images that
        students may see, and the networks by name.
    """
    sets = [kd.load_data("mnist-5k", seed=seed) for seed in seeds]
    orders = [
        np.random.default_rng(seed).permutation(len(data.train))
        for seed, data in zip(seeds, sets)
    ]
    theirs = [d.train.take(o[:LABELLED]) for d, o in zip(sets, orders)]
    # No student sees an image that its teacher learned from.
    others = [d.train.take(o[LABELLED:]) for d, o in zip(sets, orders)]
    shown = [by_turns(own, SHOWN, seed) for own, seed in zip(others, seeds)]
    few = [own.take(slice(10 * FEW)) for own in shown]
    teachers = kd.train_replicas(
        reader, [s.x for s in theirs], [s.y for s in theirs],
        targets=[kd.HardTargets()], seeds=[2**31 + s for s in seeds],
        steps=1500, batch_size=25, learning_rate=0.004,
    )  # fmt: skip
    said = teachers.logits([s.x for s in others])
    rows = [halved(s.x) for s in others]
    students = {
        "labels": kd.train_replicas(
            network, [halved(s.x) for s in few], [s.y for s in few],
            targets=[kd.HardTargets()], seeds=seeds, batch_size=20, **BUDGET,
        ),
        "answers": kd.train_replicas(
            network, rows, targets=[kd.SoftTargets(temperature=T)],
            answers=[kd.Answers.of(x, z) for x, z in zip(rows, said)],
            seeds=seeds, **BUDGET,
        ),
    }  # fmt: skip
    return [d.test for d in sets], shown, {"teacher": teachers, **students}


def layers(model) -> list[dict]:
    """What net.js needs to know of a model, first layer to last."""
    found = []
    for layer in model.layers:
        own = {"kind": layer.name.split("_")[0]}
        if own["kind"] == "views":
            own["by"] = layer.by
        if weights := layer.get_weights():
            own["shape"] = list(weights[0].shape)
            own["relu"] = layer.activation.__name__ == "relu"
            own["kernel"], own["bias"] = map(packed, weights)
            found.append(own)
        elif own["kind"] == "views":
            found.append(own)
    return found


def models(seeds) -> dict:
    """The first seed's networks and images, and all seeds' accuracies."""
    tests, shown, found = trained(seeds)
    tried = by_turns(tests[0], TRIED)
    pixels = np.concatenate([shown[0].x, tried.x])
    result = {
        "settings": {
            "temperature": T, "units": UNITS, "teacher_rows": LABELLED,
            "label_rows": 10 * FEW, "seeds": len(seeds),
            "answer_rows": 3600 - LABELLED, "test_rows": len(tests[0]),
            **BUDGET,
        },
        "images": {
            "train": 10 * SHOWN, "test": 10 * TRIED,
            "labels": np.concatenate([shown[0].y, tried.y]).tolist(),
            "pixels": packed(np.rint(255 * pixels), "u1"),
        },
        "networks": {},
    }  # fmt: skip
    scores = {}
    for name in NAMES:
        small = (lambda x: x) if name == "teacher" else halved
        replicas = found[name]
        said = replicas.logits([small(t.x) for t in tests])
        scores[name] = 100 * kd.accuracy([t.y for t in tests], said)
        model = replicas.model(0)
        own = layers(model)
        if name != "teacher":
            own = [{"kind": "means", "side": 2}, *own]
        result["networks"][name] = {
            "parameters": model.count_params(),
            "bytes": kd.cost(model).bytes,
            "accuracy": float(scores[name][0]),
            "interval": interval(scores[name]),
            "layers": own,
            "said": packed(model.predict(small(tried.x), verbose=0)),
        }
    result["gain"] = interval(scores["answers"] - scores["labels"])
    result["behind"] = interval(scores["teacher"] - scores["answers"])
    return result


def interval(values) -> list[float]:
    """The mean and the ends of the interval, as JSON."""
    found = kd.Interval(values)
    return [round(v, 3) for v in (found.mean, found.low, found.high)]


def law(found: dict) -> dict:
    """What the scaling page's cells left behind, as JSON."""
    students, teachers = found["STUDENTS"], found["TEACHERS"]
    measured = np.concatenate(
        [found["mean"]["labels"][None], found["answers"]]
    )
    return {
        "rows": list(found["ROWS"]),
        "students": [
            {"units": u, "parameters": found["network"](u)().count_params()}
            for u in students
        ],
        "teachers": [
            {
                "units": u,
                "parameters": found["network"](u)().count_params(),
                "error": interval(found["teacher_error"][u]),
            }
            for u in teachers
        ],
        "teacher_rows": found["LABELLED"], "pixels": 14 * 14,
        "seeds": len(found["SEEDS"]),
        "temperature": 4.0,
        "fits": [rounded(found["p_labels"]), rounded(found["p_answers"])],
        "again": [[rounded(p) for p in both] for both in found["again"]],
        # of labels, then of each teacher: (students, rows) of errors
        "measured": np.round(measured, 3).tolist(),
        "miss": {k: round(float(v), 2) for k, v in found["miss"].items()},
        "rule": {
            "slope": interval(found["slope"].values),
            "offset": interval(found["offset"].values),
        },
    }  # fmt: skip


def rounded(values) -> list[float]:
    return [round(float(v), 5) for v in values]


def scaling_cells() -> list[str]:
    """The code of the scaling page that the law comes from.

    Raises:
        KeyError: for a cell that is not there any more: change `CELLS`.
    """
    cells = nbformat.read(ROOT / "book" / SCALING, 4).cells
    source = {cell.id: cell.source for cell in cells}
    return [source[f"cell-{number}"] for number in CELLS.split()]


def run_scaling() -> dict:
    """The variables of the scaling page after those cells."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    for source in scaling_cells():
        shell.run_cell(source).raise_error()
    return shell.user_ns


def digests() -> dict[str, str]:
    """What each file is made from: the code here, and the page on scaling."""
    here = (halved, by_turns, network, reader, trained, layers, models)
    numbers = str((LABELLED, FEW, SHOWN, TRIED, T, UNITS, BUDGET))
    text = {
        "models": numbers + "".join(map(inspect.getsource, here)),
        "law": "\n\n".join([inspect.getsource(law), *scaling_cells()]),
    }
    return {
        name: hashlib.blake2b(own.encode(), digest_size=16).hexdigest()
        for name, own in text.items()
    }


def load(name: str) -> dict:
    """What a file holds: `"models"` or `"law"`."""
    text = (FOLDER / f"{name}.js").read_text("utf-8")
    return json.loads(text.partition("=")[2].rstrip().rstrip(";"))


def store(name: str, result: dict, seconds: float):
    """Write one file: a classic script, as `file://` allows no other."""
    made = {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "seconds": round(seconds), "code": digests()[name],
        "versions": {
            "python": platform.python_version(),
            **{p: version(p) for p in ("kd-tutorial", "keras", "tensorflow")},
        },
    }  # fmt: skip
    variable = {"models": "kdModels", "law": "kdLaw"}[name]
    lines = [f" {json.dumps(k)}: {json.dumps(v)}" for k, v in result.items()]
    text = ",\n".join([f' "made": {json.dumps(made)}', *lines])
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.js"
    file.write_text(f"var {variable} = {{\n{text}\n}};\n", "utf-8")
    print(f"written: {file.relative_to(ROOT)}, {file.stat().st_size:,} bytes")


def main(arguments=None) -> int:
    """Make what is out of date, or what is named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="models, law")
    names = parser.parse_args(arguments).names or [
        name
        for name, digest in digests().items()
        if not (FOLDER / f"{name}.js").exists()
        or load(name)["made"]["code"] != digest
    ]
    os.environ["MPLBACKEND"] = "agg"
    for name in names:
        began = time.monotonic()
        if name == "models":
            result = models(kd.seeds(10))
            for one, own in result["networks"].items():
                print(one, own["parameters"], own["accuracy"], own["interval"])
        else:
            result = law(run_scaling())
        store(name, result, time.monotonic() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main())
