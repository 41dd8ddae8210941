"""A person's own files: what is made of them, and what is refused."""

import dataclasses
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from scipy.special import log_softmax, softmax

import kd_tutorial as kd
from kd_tutorial.__main__ import main
from kd_tutorial.command import distill, files, training

CLASSES = 3


def blobs(seed, count):
    """Rows around three centres, by class."""
    generator = np.random.default_rng(seed)
    y = np.arange(count) % CLASSES
    centres = np.array([[4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0]])
    return (centres[y] + generator.normal(size=(count, 4))).astype("f4"), y


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with data, of which 6 of 150 rows have a label; a teacher."""
    monkeypatch.chdir(tmp_path)
    x, y = blobs(0, 90)
    y[6:] = -1
    x_test, y_test = blobs(1, 60)
    save("d.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test,
         x_unlabelled=blobs(2, 60)[0])  # fmt: skip
    teacher = kd.mlp((4,), CLASSES, hidden=())
    kernel = np.vstack([4 * np.eye(CLASSES), np.zeros(CLASSES)])
    teacher.layers[-1].set_weights([kernel, np.zeros(CLASSES)])
    teacher.save("t.keras")
    return tmp_path


def save(path, **arrays):
    np.savez(path, **arrays)


def changed(**arrays):
    """The data file with some arrays changed, or left out by `None`."""
    kept = {**np.load("d.npz"), **arrays}
    save("own.npz", **{k: a for k, a in kept.items() if a is not None})
    return "own.npz"


def arguments(**given):
    options = {"teacher": "t.keras", "student": "mlp:8", "data": "d.npz",
               "out": "new.keras", **given}  # fmt: skip
    return ["distill"] + [
        part
        for name, value in options.items()
        for part in ([f"--{name.replace('_', '-')}"]
                     + ([] if value is True else [str(value)]))
    ]  # fmt: skip


def table(printed):
    """The printed table, by the first column: its other columns."""
    block = printed.split("\n\n")[1].splitlines()
    cuts = [block[0].index(w) for w in ("accuracy", "agreement", "bytes")]
    return {
        line[: cuts[0]].strip(): (
            float(line[cuts[0] : cuts[1]]),
            float(line[cuts[1] : cuts[2]]),
            int(line[cuts[2] :].split()[0].replace(",", "")),
        )
        for line in block[1:]
    }


@pytest.mark.long  # another process
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow writes .tflite"
)
def test_a_student_of_ones_own_files(folder):
    """As from a shell: status, silence, and numbers that the files give."""
    done = subprocess.run(
        [sys.executable, "-m", "kd_tutorial"]
        + arguments(export="new.tflite", epochs=30, learning_rate=0.01),
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "d.npz: 150 rows to learn from, 6 of them with a" in done.stdout
    assert sorted(os.listdir()) == [
        "d.npz", "new.keras", "new.tflite", "t.keras",
    ]  # fmt: skip
    x, y = blobs(1, 60)
    student = keras.models.load_model("new.keras")
    said = {
        "teacher": keras.models.load_model("t.keras")(x),
        "student, distilled": student(x),
        "new.tflite": kd.OnDevice("new.tflite")(x),
    }
    size = {"teacher": 15 * 4, "student, distilled": (4 * 9 + 9 * 3 - 1) * 4,
            "new.tflite": os.path.getsize("new.tflite")}  # fmt: skip
    size["student, distilled"] = student.count_params() * 4
    found = table(done.stdout)
    assert [*found] == ["teacher", "student, labels alone", *[*said][1:]]
    for name, logits in said.items():
        right = (np.asarray(logits).argmax(1) == y).mean()
        same = np.argmax(logits, 1) == np.argmax(said["teacher"], 1)
        wanted = 100 * right, 100 * same.mean(), size[name]
        assert found[name] == pytest.approx(wanted, abs=0.006), name
    assert found["student, distilled"][1] > 93  # it did learn


def test_without_labels_nothing_is_made_of_labels(folder, capsys):
    none = np.full(90, -1)
    data = changed(y_train=none, x_unlabelled=None)
    assert main(arguments(data=data, epochs=1)) == 0
    printed = capsys.readouterr().out
    assert [*table(printed)] == ["teacher", "student, distilled"]
    assert "90 rows to learn from, 0 of them" in printed


@pytest.mark.slow
def test_both_students_begin_with_the_files_weights(folder, capsys):
    own = kd.mlp((4,), CLASSES, hidden=(5,))
    own.save("s.keras")
    assert main(arguments(student="s.keras", learning_rate=1e-9)) == 0
    lines = table(capsys.readouterr().out)
    assert lines["student, labels alone"] == lines["student, distilled"]
    new = keras.models.load_model("new.keras")
    for weight, other in zip(own.get_weights(), new.get_weights()):
        np.testing.assert_allclose(weight, other, atol=1e-6)


@pytest.mark.slow
def test_a_seed_draws_everything(folder):
    """The first weights too: the same line writes the same student."""
    weights = {}
    for out, seed in (("a", 3), ("b", 3), ("c", 4)):
        given = {"out": f"{out}.keras", "seed": seed, "student": "mlp:4-4"}
        assert main(arguments(epochs=1, **given)) == 0
        weights[out] = keras.models.load_model(f"{out}.keras").get_weights()
    for one, same, other in zip(*weights.values()):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)


@pytest.mark.slow
def test_a_few_logits_are_not_taken_for_probabilities(folder, capsys):
    """All of them lie from 0 to 1, of the one test row that there is."""
    student = kd.mlp((4,), CLASSES, hidden=())
    student.set_weights([np.zeros((4, 3)), np.array([0.1, 0.3, 0.2])])
    student.save("s.keras")
    given = np.load("d.npz")
    x, y = given["x_test"][1:2], given["y_test"][1:2]
    data = changed(x_test=x, y_test=y)
    same = {"student": "s.keras", "learning_rate": 1e-9, "epochs": 1}
    assert main(arguments(data=data, **same)) == 0
    found = table(capsys.readouterr().out)
    assert [line[:2] for line in found.values()] == 3 * [(100, 100)]


def options(**given):
    return distill.parser().parse_args(arguments(**given)[1:])


@pytest.mark.parametrize("weight", [0.0, 0.25])
def test_what_each_student_is_taught(folder, weight, monkeypatch):
    calls = []
    monkeypatch.setattr(
        training, "distill", lambda *given, **more: calls.append((given, more))
    )
    rows = files.rows(folder / "d.npz")
    student = files.student("mlp:4", (4,), CLASSES)
    told = np.random.default_rng(0).normal(size=(150, CLASSES))
    chosen = options(student_loss_weight=weight, temperature=3)
    training.train(chosen, rows, told, student)
    (plain, of_labels), (distilled, of_both) = calls
    # The labels alone: their six rows, as often as there are rows.
    teacher, _, x, y = plain
    assert teacher is None and len(x) == 150
    np.testing.assert_array_equal(x, np.tile(rows.x[:6], (25, 1)))
    np.testing.assert_array_equal(y, np.tile([0, 1, 2, 0, 1, 2], 25))
    assert [type(t) for t in of_labels["targets"]] == [kd.HardTargets]
    # Distilled: all rows, the labels weighted and only where there are any.
    teacher, same, x, y = distilled
    assert same is student
    np.testing.assert_array_equal(x, rows.x)
    np.testing.assert_allclose(teacher.logits, told, rtol=1e-6)
    *hard, soft = of_both["targets"]
    assert (soft.weight, soft.temperature) == (1 - weight, 3)
    if not weight:
        assert (hard, y) == ([], None)
        return
    assert hard[0].weight == weight
    np.testing.assert_array_equal(hard[0].sample_weight, 6 * [1] + 144 * [0])
    np.testing.assert_array_equal(y[:6], [0, 1, 2, 0, 1, 2])


def test_rows_without_a_label_join_the_others(folder):
    given = np.load("d.npz")
    rows = files.rows(folder / "d.npz")
    whole = np.concatenate([given["x_train"], given["x_unlabelled"]])
    np.testing.assert_array_equal(rows.x, whole)
    assert rows.y.tolist() == [0, 1, 2, 0, 1, 2] + 144 * [-1]
    data = changed(
        **{
            name: (10 * given[name] + 100).astype("uint8")
            for name in ("x_train", "x_test", "x_unlabelled")
        }
    )
    there = (10 * whole + 100).astype("uint8")
    np.testing.assert_allclose(files.rows(folder / data).x, there / 255)


def test_probabilities_become_their_logarithms(folder):
    teacher = files.teacher(folder / "t.keras")
    x = blobs(3, 20)[0] / 10
    logits, plain = teacher.logits(x)
    assert plain
    model = keras.models.load_model("t.keras")
    soft = keras.Model(model.input, keras.layers.Softmax()(model.output))
    soft.save("p.keras")
    told, plain = files.teacher(folder / "p.keras").logits(x)
    assert not plain
    np.testing.assert_allclose(told, log_softmax(logits, 1), atol=1e-5)


def onnx_file(path, *, shape, extra=(), kind=None):
    """A file whose model adds up each row's numbers times 0, 1 and 2."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    make, kind = onnx.helper, kind or onnx.TensorProto.FLOAT
    kernel = np.outer(np.ones(np.prod(shape[1:])), np.arange(3.0))
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind)
    graph = make.make_graph(
        [make.make_node("Flatten", ["x"], ["f"]),
         make.make_node("MatMul", ["f", "w"], ["out"]),
         *(make.make_node("Identity", ["out"], [n]) for n in extra)],
        "g",
        [make.make_tensor_value_info("x", kind, shape)],
        [make.make_tensor_value_info(n, kind, [shape[0], 3])
         for n in ("out", *extra)],
        [onnx.numpy_helper.from_array(kernel.astype(dtype), "w")],
    )  # fmt: skip
    made = make.make_model(
        graph, opset_imports=[make.make_opsetid("", 13)], ir_version=8
    )
    onnx.save(made, path)
    return path


@pytest.mark.parametrize("count", [None, 1, 4])
@pytest.mark.parametrize("dtype", ["FLOAT", "DOUBLE"])
def test_a_teacher_in_onnx(folder, count, dtype):
    onnx = pytest.importorskip("onnx")
    kind = getattr(onnx.TensorProto, dtype)
    path = onnx_file(folder / "t.onnx", shape=[count, 4], kind=kind)
    x = blobs(3, 5)[0] - 1
    told, _ = files.teacher(path).logits(x)
    wanted = x.sum(axis=1, keepdims=True) * np.arange(3)
    np.testing.assert_allclose(told, wanted, rtol=1e-5, atol=1e-5)


def test_an_onnx_teacher_with_two_answers_is_refused(folder):
    path = onnx_file(folder / "t.onnx", shape=[None, 4], extra=["b"])
    with pytest.raises(ValueError, match="1 inputs and 2 outputs"):
        files.teacher(path)


@pytest.mark.parametrize(
    "own, shape, moved",
    [
        ((6, 5, 3), (6, 5, 3), lambda x: x),
        ((6, 5, 3), (None, None, 3), lambda x: x),
        ((6, 5, 1), (6, 5), lambda x: x[..., 0]),
        ((6, 5), (6, 5, 1), lambda x: x[..., None]),
        ((6, 5, 3), (3, 6, 5), lambda x: x.transpose(0, 3, 1, 2)),
        ((6, 5, 3), (3, None, None), lambda x: x.transpose(0, 3, 1, 2)),
    ],
)
def test_rows_in_the_shape_a_model_takes(own, shape, moved):
    x = np.arange(2 * np.prod(own)).reshape(2, *own)
    np.testing.assert_array_equal(files.arranged(x, shape, "m"), moved(x))


@pytest.mark.parametrize(
    "own, shape", [((6, 5, 3), (5, 6, 3)), ((30,), (6, 5)), ((4,), (5,))]
)
def test_rows_of_another_shape_are_refused(own, shape):
    with pytest.raises(ValueError, match="m takes examples of shape"):
        files.arranged(np.zeros((2, *own)), shape, "m")


@pytest.mark.parametrize(
    "spec, sizes",
    [("mlp:8", [8]), ("mlp:8-4", [8, 4]), ("mlp:8,4", [8, 4]), ("mlp", [64])],
)
def test_students_by_their_sizes(spec, sizes):
    made = files.student(spec, (4,), CLASSES)
    assert [layer.units for layer in made.layers[2:]] == [*sizes, CLASSES]
    made = files.student("cnn:2-4", (8, 8, 1), CLASSES)
    assert made.get_layer("conv_2").filters == 4


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 8, 8), (4, 16, 5)])
def test_channels_first_are_no_rows_of_pixels(shape):
    with pytest.raises(
        ValueError, match=r"channels first\. Save np\.moveaxis\(x_train, 1, -1"
    ):
        files.student("cnn:8", shape, CLASSES)


@pytest.mark.parametrize(
    "shape", [(16, 16, 3), (4, 4, 4), (4, 16, 3), (5, 16, 16), (4, 4, 1)]
)
def test_other_images_are_as_they_are_said_to_be(shape):
    assert files.student("cnn:8", shape, CLASSES).input_shape[1:] == shape


@pytest.mark.long  # another process
def test_models_of_this_package_can_be_read(tmp_path):
    """In a process that has not made one: their layers must be known."""
    path = tmp_path / "s.keras"
    made = kd.strided_cnn((12, 12, 1), CLASSES)
    made.save(path)
    x = np.random.default_rng(0).uniform(size=(3, 12, 12, 1)).astype("f4")
    np.save(tmp_path / "x.npy", x)
    done = subprocess.run(
        [sys.executable, "-c", "import sys, pathlib, numpy as np\n"
         "from kd_tutorial.command import files\n"
         "path = pathlib.Path(sys.argv[1])\n"
         "told, _ = files.teacher(path).logits(np.load(sys.argv[2]))\n"
         "print(told.tolist())", path, tmp_path / "x.npy"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == ""
    want = keras.ops.convert_to_numpy(made(x))
    np.testing.assert_allclose(eval(done.stdout), want, atol=1e-5)


@pytest.mark.slow
def test_a_teacher_that_knows_nothing_is_warned_of(folder, capsys):
    y = np.load("d.npz")["y_test"]
    data = changed(y_test=(y + 1) % CLASSES)
    assert main(arguments(data=data, epochs=1)) == 0
    told = capsys.readouterr().err
    assert told.startswith("warning: the teacher names 0.") and "33.3%" in told


def test_files_stay_whole_when_the_work_stops(folder, monkeypatch, capsys):
    (folder / "new.keras").write_text("old")

    def stopped(*given, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "distill", stopped)
    assert main(arguments(overwrite=True)) == 130
    assert (folder / "new.keras").read_text() == "old"
    assert len(os.listdir()) == 3
    assert capsys.readouterr().err.endswith("stopped\n")


def test_what_diverges_is_said_and_not_written(folder, capsys):
    if keras.backend.backend() == "torch":
        pytest.skip("by a gradient whose square is infinite Adam stands still")
    x = np.load("d.npz")["x_train"]
    data = changed(x_train=x * np.float32(1e30))
    assert main(arguments(data=data, epochs=2)) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("python -m kd_tutorial distill: error: the output")
    assert "NaN" in told and "new.keras" not in os.listdir()


NUMBERED = "Labels are numbered from 0; -1 says that a row has none."


@pytest.mark.parametrize(
    "given, message",
    [
        ({"teacher": "no.keras"}, "--teacher: no file no.keras"),
        ({"teacher": "t.h5"}, "--teacher: t.h5 must end in .keras or .onnx"),
        ({"teacher": "bad.keras"}, "--teacher: bad.keras is damaged"),
        ({"teacher": "bad.onnx"}, "--teacher: bad.onnx cannot be read"),
        ({"data": "no.npz"}, "--data: no file no.npz"),
        ({"data": "d.csv"}, "--data: d.csv must end in .npz"),
        ({"data": "bad.npz"}, "--data: bad.npz cannot be read"),
        ({"student": "mpl:64"}, "--student: 'mpl:64' is no student"),
        ({"student": "mlp:"}, "--student: 'mlp:' is no student"),
        ({"student": "mlp:0"}, "--student: each of hidden must be a whole"),
        ({"student": "cnn"}, "--student: input_shape must be (height, width"),
        ({"student": "no.keras"}, "--student: no file no.keras"),
        ({"student": "bad.keras"}, "--student: bad.keras is damaged"),
        ({"out": "no/new.keras"}, "--out: there is no folder no"),
        ({"out": "new.h5"}, "--out: new.h5 must end in .keras"),
        ({"out": "t.keras", "overwrite": True}, "--out: t.keras is read here"),
        ({"out": "old.keras"}, "--out: old.keras exists. Say --overwrite"),
        ({"export": "a.pt"}, "--export: a.pt must end in .tflite or .onnx"),
        ({"export": "no/a.onnx"}, "--export: there is no folder no"),
        ({"student_loss_weight": 1}, "must be a number from 0 to 0.99"),
        ({"epochs": 0}, "--epochs: must be a whole number from 1"),
        ({"learning_rate": "nan"}, "--learning-rate: must be a number"),
        ({"speed": 1}, "unrecognized arguments: --speed 1"),
    ],
)
def test_wrong_arguments(folder, given, message, capsys):
    if given == {"teacher": "bad.onnx"}:
        pytest.importorskip("onnxruntime")
    for name in ("bad.keras", "bad.onnx", "bad.npz", "old.keras"):
        (folder / name).write_text("nothing")
    refused(given, message, capsys)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="no such folder here")
@pytest.mark.parametrize("name", ["out", "export"])
def test_a_folder_that_takes_no_file_is_told_before_training(
    folder, name, monkeypatch, capsys
):
    monkeypatch.setattr(training, "distill", None)
    given = {name: "/proc/new.keras" if name == "out" else "/proc/a.onnx"}
    message = f"--{name}: nothing can be written into the folder /proc (No"
    refused(given, message, capsys)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"y_test": None}, "own.npz lacks y_test"),
        ({"x_train": np.full((90, 4), np.nan)}, "x_train has 360 values that"),
        ({"x_train": np.zeros((90, 5))}, "(5,), those of x_test (4,)"),
        ({"x_unlabelled": np.zeros((9, 5))}, "those of x_unlabelled (5,)"),
        ({"x_unlabelled": np.zeros((9, 4), "uint8")}, "x_unlabelled uint8"),
        ({"x_unlabelled": np.float32(3)}, "x_unlabelled has shape ()"),
        ({"y_train": np.full(90, -2)}, f"has label -2. {NUMBERED}"),
        ({"y_train": np.full(90, 2**32)}, "has label 4294967296, and the"),
        ({"y_test": np.full(60, 3)}, "teacher scores 3 classes, 0 to 2"),
        ({"y_train": np.zeros(9, int)}, "x_train has 90 examples and y_train"),
        ({"y_train": np.zeros(90)}, "y_train must be integers from 0"),
        ({"y_test": np.full(60, -1)}, "y_test must be integers from 0"),
    ],
)
def test_data_that_does_not_fit(folder, change, message, capsys):
    refused({"data": changed(**change)}, message, capsys)


def test_models_that_do_not_fit(folder, capsys):
    kd.mlp((4,), 5).save("five.keras")
    kd.mlp((6,), CLASSES).save("wide.keras")
    model = kd.mlp((4,), CLASSES)
    soft = keras.layers.Softmax()(model.output)
    keras.Model(model.input, soft).save("soft.keras")
    both = keras.Model(model.input, [model.output, soft])
    both.save("two.keras")
    for given, message in (
        ({"student": "five.keras"}, "five.keras scores 5 classes, the"),
        ({"student": "wide.keras"}, "wide.keras takes examples of shape (6,)"),
        ({"student": "soft.keras"}, "ends in a softmax"),
        ({"student": "two.keras"}, "one input and one output"),
        ({"teacher": "two.keras"}, "one input and one output"),
        ({"teacher": "wide.keras"}, "--teacher: wide.keras takes examples"),
    ):
        refused(given, message, capsys)


def refused(given, message, capsys):
    """One line that says why, status 2, and no file more than before."""
    before = sorted(os.listdir())
    with pytest.raises(SystemExit) as stopped:
        main(arguments(**given))
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("python -m kd_tutorial distill: error: ")
    assert message in told and told.count("\n") == 1
    assert sorted(os.listdir()) == before


def test_what_cannot_be_exported_is_said_before_training(
    folder, monkeypatch, capsys
):
    def cannot(*given, **options):
        raise ImportError("writing .onnx files needs tf2onnx")

    monkeypatch.setattr(training, "export", cannot)
    monkeypatch.setattr(training, "distill", None)
    refused({"export": "a.onnx"}, "--export: writing .onnx", capsys)


def test_softmax_of_logits_is_what_is_learned(folder):
    """At the end the student's softened answers are the teacher's."""
    rows = files.rows(folder / "d.npz")
    told = (rows.x @ np.eye(4, CLASSES)).astype("float32")
    keras.utils.set_random_seed(0)
    student = kd.mlp((4,), CLASSES, hidden=())
    often = np.tile(np.arange(len(rows.x)), 75)
    many = dataclasses.replace(rows, x=rows.x[often], y=rows.y[often])
    chosen = options(epochs=2, learning_rate=0.05, student_loss_weight=0)
    training.train(chosen, many, told[often], student)
    soft = softmax(student.predict(rows.x, verbose=0) / 4, axis=1)
    np.testing.assert_allclose(soft, softmax(told / 4, axis=1), atol=0.02)
