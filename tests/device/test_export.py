"""A file says what its model says, or it is not there."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

import kd_tutorial as kd
from kd_tutorial.device import export as exporting

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow writes LiteRT"
)
KINDS = [
    ("tflite", "float32"),
    ("tflite", "float16"),
    ("tflite", "dynamic"),
    ("tflite", "int8"),
    ("onnx", "float32"),
    ("onnx", "int8"),
    ("keras", "float32"),
]
# The largest difference as a share of the outputs' spread, seen and rounded
# up to three times as much.
NEAR = {"float32": 1e-6, "float16": 2e-3, "dynamic": 0.03, "int8": 0.06}


@pytest.fixture(scope="module")
def student():
    """A small student of digits, trained, so that its classes mean much."""
    data = kd.load_data("digits")
    keras.utils.set_random_seed(0)
    model = kd.strided_cnn(data.input_shape, 10, filters=(6, 8), shift=0)
    kd.train(
        model, data.train.x, data.train.y, epochs=12,
        optimizer=keras.optimizers.Adam(0.01),
    )  # fmt: skip
    return model, data


@pytest.fixture(scope="module")
def files(student, tmp_path_factory):
    model, data = student
    folder = tmp_path_factory.mktemp("files")
    return {
        (kind, precision): kd.export(
            model, folder / f"{precision}.{kind}", data.test.x[:200],
            precision=precision, representative=data.train.x,
        )
        for kind, precision in KINDS
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_says_what_keras_says(student, files, kind):
    model, data = student
    x = data.test.x[:200]
    wanted, found = np.asarray(model(x)), kd.OnDevice(files[kind].path)(x)
    difference = abs(found - wanted).max() / np.ptp(wanted)
    same = (found.argmax(axis=1) == wanted.argmax(axis=1)).mean()
    assert difference < NEAR[kind[1]] and same > 0.97
    assert files[kind].difference == pytest.approx(difference, abs=1e-7)
    assert files[kind].agreement == pytest.approx(same)
    assert 0.9 < kd.accuracy(data.test.y[:200], found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_costs_its_bytes_and_takes_time(student, files, kind):
    file = files[kind]
    size = file.path.stat().st_size
    assert file.bytes == size
    assert kd.cost(str(file.path)) == kd.models.Cost(None, None, size)
    assert kd.latency(file.path, student[1].test.x[:1], repeats=3).median > 0


def test_fewer_bits_are_fewer_bytes(student, tmp_path):
    """Of weights that are most of the file: half, and a quarter."""
    model = kd.mlp((28, 28, 1), 10, hidden=(50,))
    x = np.random.default_rng(0).uniform(size=(9, 28, 28, 1))
    weights = kd.cost(model).bytes
    for precision, share in (
        ("float32", 1), ("float16", 2), ("dynamic", 4), ("int8", 4),
    ):  # fmt: skip
        path = tmp_path / "m.tflite"
        size = kd.export(model, path, x, precision=precision).bytes
        assert weights / share < size < weights / share + 8_000


def test_int8_is_int8_within(files):
    """Only what goes in and what comes out is float."""
    from ai_edge_litert.interpreter import Interpreter

    path = files["tflite", "int8"].path
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    ends = {
        d["index"]
        for d in (
            *interpreter.get_input_details(),
            *interpreter.get_output_details(),
        )
    }
    inside = {
        d["name"]: d["dtype"]
        for d in interpreter.get_tensor_details()
        if d["index"] not in ends and np.issubdtype(d["dtype"], np.floating)
    }
    assert not inside
    import onnx

    graph = onnx.load(files["onnx", "int8"].path).graph
    kinds = {i.name: i.data_type for i in graph.initializer if len(i.dims) > 1}
    assert {*kinds.values()} == {onnx.TensorProto.INT8}


RUNS = {
    "tflite": """
from ai_edge_litert.interpreter import Interpreter
model = Interpreter(model_path=path)
taken, = model.get_input_details()
given, = model.get_output_details()
model.allocate_tensors()
for row in x:
    model.set_tensor(taken["index"], row[None])
    model.invoke()
    said.append(int(model.get_tensor(given["index"]).argmax()))
""",
    "onnx": """
import onnxruntime
model = onnxruntime.InferenceSession(path)
for row in x:
    out, = model.run(None, {model.get_inputs()[0].name: row[None]})
    said.append(int(out.argmax()))
""",
}


@pytest.mark.parametrize("kind", RUNS)
def test_int8_runs_without_keras(student, files, kind, tmp_path):
    """In another process, where neither Keras nor this package is known."""
    model, data = student
    x = data.test.x[:100]
    np.save(tmp_path / "x.npy", x.astype("float32"))
    program = (
        "import sys, json, numpy as np\n"
        "for name in ('keras', 'tensorflow', 'kd_tutorial'):\n"
        "    sys.modules[name] = None\n"
        "path, rows = sys.argv[1:]\n"
        "x, said = np.load(rows), []\n"
        + RUNS[kind]
        + "print(json.dumps(said))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(files[kind, "int8"].path),
         str(tmp_path / "x.npy")], capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = np.array(json.loads(done.stdout))
    keras_says = np.asarray(model(x)).argmax(axis=1)
    assert (said == keras_says).mean() >= 0.97
    within = abs((said == data.test.y[:100]).mean() - (
        keras_says == data.test.y[:100]
    ).mean())  # fmt: skip
    assert within <= 0.02


@pytest.mark.parametrize("suffix", ["tflite", "onnx"])
def test_ranges_of_nothing_are_told(student, tmp_path, suffix):
    """Representative rows of zeros: each activation is cut off."""
    model, data = student
    path = tmp_path / f"bad.{suffix}"
    with pytest.raises(
        ValueError,
        match=rf"bad\.{suffix} is not what it was made from.* differ by up to "
        r"[\d.]+ of their spread \(at most 0\.2 .* class for [\d.]+% of the "
        r"rows \(at least 95\.0% is\)",
    ):
        kd.export(
            model, path, data.test.x[:100], precision="int8",
            representative=np.zeros_like(data.train.x[:50]),
        )  # fmt: skip
    assert os.listdir(tmp_path) == []


def damaged(model, path, precision, rows):
    """A writer that loses the last layer's bias."""
    other = keras.models.clone_model(model)
    *weights, bias = model.get_weights()
    other.set_weights([*weights, bias + np.linspace(0, 2, len(bias))])
    exporting._litert(other, path, precision, rows)


def nan(model, path, precision, rows):
    other = keras.models.clone_model(model)
    other.set_weights([w * np.nan for w in model.get_weights()])
    exporting._litert(other, path, precision, rows)


def cut_off(model, path, precision, rows):
    exporting._litert(model, path, precision, rows)
    path.write_bytes(path.read_bytes()[:900])


@pytest.mark.parametrize("writer", [damaged, nan, cut_off])
def test_a_damaged_file_is_not_kept(student, tmp_path, monkeypatch, writer):
    model, data = student
    path = tmp_path / "s.tflite"
    path.write_bytes(b"what was there before")
    own = {".tflite": (writer, ("float32",))}
    monkeypatch.setattr(exporting, "_WRITERS", own)
    with pytest.raises(ValueError, match=r"s\.tflite"):
        kd.export(model, path, data.test.x[:50])
    assert path.read_bytes() == b"what was there before"
    assert os.listdir(tmp_path) == ["s.tflite"]


def test_bounds_are_those_that_are_given(student, tmp_path):
    model, data = student
    x, path = data.test.x[:200], tmp_path / "s.tflite"
    options = {"precision": "int8", "representative": data.train.x}
    found = kd.export(model, path, x, **options)
    for near, works in ((1.01, True), (0.99, False)):
        bound = near * found.difference
        if works:
            again = kd.export(model, path, x, tolerance=bound, **options)
            assert again.difference == pytest.approx(found.difference)
            continue
        with pytest.raises(ValueError, match="is not what it was made from"):
            kd.export(model, path, x, tolerance=bound, **options)


def test_classes_that_move_are_told_though_outputs_hardly_do(tmp_path):
    """Two logits that differ by less than the tolerance, swapped."""
    wanted = np.tile([[0.0, 1e-3, 100.0], [100.0, 1e-3, 0.0]], (10, 1))
    wanted[:, 1] += 100
    found = wanted.copy()
    found[:2, 1] -= 1.0
    compared = exporting._compared
    same, difference = compared(wanted, found, tmp_path, 0.1, 0.9)
    assert same == 0.9 and difference == pytest.approx(1 / 100.001, rel=1e-4)
    with pytest.raises(ValueError, match=r"class for 90\.0% of the rows"):
        compared(wanted, found, tmp_path, 0.1, 0.91)
    one = wanted.copy()
    one[0, 1] -= 1.0
    assert compared(wanted, one, tmp_path, 0.1, 1.0)[0] == 0.95  # but one


def test_one_column_has_no_classes(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    x = np.random.default_rng(0).normal(size=(20, 3))
    found = kd.export(model, tmp_path / "m.tflite", x, precision="int8")
    assert np.isnan(found.agreement) and 0 < found.difference < 0.05


@pytest.mark.parametrize("suffix", ["tflite", "onnx", "keras"])
def test_an_output_with_a_name(tmp_path, suffix):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, {"logits": layers.Dense(3)(inputs)})
    x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    found = kd.export(model, tmp_path / f"m.{suffix}", x)
    assert found.agreement == 1 and found.difference < 1e-5
    kernel, bias = model.get_weights()
    said = kd.OnDevice(found.path)(x)
    assert np.allclose(said, x @ kernel + bias, atol=1e-5)


def test_words_of_any_length(tmp_path):
    """Whole numbers go in, padding is masked, and texts differ in length."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None,), dtype="int32")
    embedded = layers.Embedding(20, 8, mask_zero=True)(inputs)
    outputs = layers.Dense(3)(layers.GlobalAveragePooling1D()(embedded))
    model = keras.Model(inputs, outputs)
    random = np.random.default_rng(0)
    words = random.integers(1, 20, size=(12, 6))
    words[::2, 4:] = 0
    for suffix in ("tflite", "onnx", "keras"):
        kd.export(model, tmp_path / f"m.{suffix}", words)
        found = kd.OnDevice(tmp_path / f"m.{suffix}")
        for rows in (words, words[:, :5], words[:3]):
            assert np.allclose(found(rows), model(rows), atol=1e-5)
        if suffix != "keras":
            with pytest.raises(TypeError, match="x holds float64, and m.* in"):
                found(words / 2)


@pytest.mark.parametrize("suffix", ["tflite", "onnx", "keras"])
def test_rows_of_another_shape_are_refused_and_spoil_nothing(tmp_path, suffix):
    model = kd.cnn((6, 6, 1), 3, filters=(2,))
    x = np.random.default_rng(0).uniform(size=(3, 6, 6, 1)).astype("float32")
    path = tmp_path / f"m.{suffix}"
    kd.export(model, path, x)
    found = kd.OnDevice(path)
    for bad, shape in (
        (x[..., 0], "1, 6, 6"), (x[:, :5], "1, 5, 6, 1"), (x[0], "1, 6, 1"),
        (x[..., None], "1, 6, 6, 1, 1"),
    ):  # fmt: skip
        with pytest.raises(
            ValueError,
            match=rf"one row of x has shape \({shape}\), and m\.{suffix} "
            r"takes \((1|any), 6, 6, 1\)\. Pass rows",
        ):
            found(bad)
    assert np.allclose(found(x), model(x), atol=1e-5)


@pytest.mark.parametrize("length", [0, 10, 900, -3])
@pytest.mark.parametrize("suffix", ["tflite", "onnx", "keras"])
def test_damaged_files_are_named(tmp_path, files, suffix, length):
    whole = files[suffix, "float32"].path.read_bytes()
    path = tmp_path / f"m.{suffix}"
    path.write_bytes(whole[:length])
    for run in (kd.OnDevice, lambda p: kd.latency(p, np.zeros((1, 8, 8, 1)))):
        with pytest.raises(ValueError, match=rf"m\.{suffix} .*damaged"):
            run(path)


def test_a_zip_that_holds_no_model_is_named(tmp_path):
    np.savez(tmp_path / "m.npz", x=ROWS)
    os.rename(tmp_path / "m.npz", tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"m\.keras cannot be read as a Kera"):
        kd.OnDevice(tmp_path / "m.keras")


def test_a_batch_of_one(tmp_path):
    inputs = keras.Input(batch_shape=(1, 4))
    model = keras.Model(inputs, layers.Dense(3)(inputs))
    x = np.random.default_rng(0).normal(size=(1, 4)).astype("float32")
    kd.export(model, tmp_path / "m.tflite", x)
    many = np.random.default_rng(1).normal(size=(5, 4)).astype("float32")
    kernel, bias = model.get_weights()
    found = kd.OnDevice(tmp_path / "m.tflite")(many)
    assert np.allclose(found, many @ kernel + bias, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["tflite", "onnx"])
@pytest.mark.parametrize("build", [kd.rnn, kd.transformer, kd.cnn])
def test_every_family_of_students(tmp_path, build, suffix):
    keras.utils.set_random_seed(0)
    model = build((8, 8, 1), 3)
    x = np.random.default_rng(0).uniform(size=(300, 8, 8, 1))
    kd.export(model, tmp_path / f"m.{suffix}", x)
    found = kd.OnDevice(tmp_path / f"m.{suffix}")(x[:5])
    assert np.allclose(found, model(x[:5]), atol=1e-4)


def two(ins, outs):
    inputs = [keras.Input((4,)) for _ in range(ins)]
    joined = layers.Concatenate()(inputs) if ins > 1 else inputs[0]
    return keras.Model(inputs, [layers.Dense(3)(joined) for _ in range(outs)])


ROWS = np.zeros((2, 4), "float32")


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"model": None}, TypeError, "model must be a Keras model, got None"),
        ({"model": keras.Model()}, ValueError, "one of its inputs, got none"),
        ({"model": two(2, 1)}, ValueError, "one of its inputs, got 2"),
        ({"model": two(1, 2)}, ValueError, "one of its outputs, got 2"),
        ({"path": "m.pb"}, ValueError, r"end in \.tflite, .*got '.*m\.pb"),
        ({"path": "m"}, ValueError, "path must end in"),
        ({"path": "no/m.onnx"}, ValueError, "path: there is no folder '.*no'"),
        ({"precision": "int4"}, ValueError, r"one of float32.*'int4'"),
        ({"path": "m.onnx", "precision": "float16"}, ValueError,
         r"one of float32, int8 for \.onnx files, got 'float16'"),
        ({"path": "m.keras", "precision": "int8"}, ValueError,
         r"one of float32 for \.keras files"),
        ({"rows": np.zeros((0, 4))}, ValueError, "rows has no examples"),
        ({"rows": np.full((2, 4), np.nan)}, ValueError, "rows has NaN"),
        ({"rows": None}, TypeError, "rows must be an array"),
        ({"representative": np.zeros((0, 4))}, ValueError,
         "representative has no examples"),
        ({"tolerance": 0}, ValueError, "tolerance must be a number above 0"),
        ({"tolerance": "much"}, ValueError, "tolerance must be a number"),
        ({"agreement": 95}, ValueError, "agreement must be a number above 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported(tmp_path, change, error, message):
    given = {"model": two(1, 1), "path": "m.tflite", "rows": ROWS} | change
    given["path"] = tmp_path / given["path"]
    with pytest.raises(error, match=message):
        kd.export(given.pop("model"), given.pop("path"), given.pop("rows"),
                  **given)  # fmt: skip
    assert os.listdir(tmp_path) == []


def test_a_layer_that_has_no_counterpart(tmp_path):
    inputs = keras.Input((4, 4))
    outputs = keras.ops.linalg.svd(inputs, compute_uv=False)
    model = keras.Model(inputs, outputs, name="spectrum")
    x = np.random.default_rng(0).normal(size=(3, 4, 4))
    with pytest.raises(
        ValueError, match="'spectrum' cannot be written as m.tflite in int8"
    ):
        kd.export(model, tmp_path / "m.tflite", x, precision="int8")
    assert os.listdir(tmp_path) == []


def test_another_backend_writes_no_tflite(tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match=r"\.tflite files.* on jax\. Write"):
        kd.export(two(1, 1), tmp_path / "m.tflite", ROWS)


@pytest.mark.parametrize(
    "missing, message",
    [
        ("onnx", "needs onnx, .*pip install onnx"),
        ("tf2onnx", "needs tf2onnx, .*pip install tf2onnx"),
        ("onnxruntime", "pip install onnxruntime"),
    ],
)
def test_what_is_not_installed(tmp_path, monkeypatch, missing, message):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=message):
        kd.export(two(1, 1), tmp_path / "m.onnx", ROWS)
    assert os.listdir(tmp_path) == []


def test_a_tensorflow_without_lite(files, tmp_path, monkeypatch):
    import tensorflow as tf

    monkeypatch.delattr(tf, "lite")
    with pytest.raises(ImportError, match="cannot write .tflite files: pip"):
        kd.export(two(1, 1), tmp_path / "m.tflite", ROWS)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(ImportError, match="pip install ai-edge-litert"):
        kd.OnDevice(files["tflite", "int8"].path)


def test_tensorflow_runs_what_litert_would(student, files, monkeypatch):
    x = student[1].test.x[:3]
    path = files["tflite", "float32"].path
    by_package = kd.OnDevice(path)(x)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    assert np.allclose(kd.OnDevice(path)(x), by_package, atol=1e-5)


@pytest.mark.parametrize("suffix", ["tflite", "onnx", "keras"])
def test_it_says_nothing(capfd, tmp_path, suffix):
    precision = "float32" if suffix == "keras" else "int8"
    kd.export(two(1, 1), tmp_path / f"m.{suffix}", ROWS + 1.5,
              precision=precision)  # fmt: skip
    assert capfd.readouterr() == ("", "")


@pytest.mark.long  # another process
@pytest.mark.parametrize("kind", ["tflite", "onnx", "keras"])
def test_running_it_says_nothing(files, kind):
    """In a process of its own: LiteRT says so when it is first used."""
    path = files[kind, "float32"].path
    program = (
        "import kd_tutorial as kd, numpy as np\n"
        f"model = kd.OnDevice({str(path)!r})\n"
        "print(model(np.zeros((2, 8, 8, 1))).shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("(2, 10)\n", "")


def test_a_file_is_there_and_of_a_kind(tmp_path, files):
    with pytest.raises(FileNotFoundError, match="no file .*with kd.export"):
        kd.OnDevice(tmp_path / "none.onnx")
    with pytest.raises(ValueError, match=r"must end in \.tflite, \.onnx"):
        kd.OnDevice(__file__)
    with pytest.raises(ValueError, match="x has no examples"):
        kd.OnDevice(files["tflite", "int8"].path)(np.zeros((0, 8, 8, 1)))
    two(1, 2).save(tmp_path / "two.keras")
    with pytest.raises(ValueError, match="two.keras has 1 inputs and 2 out"):
        kd.OnDevice(tmp_path / "two.keras")
