"""The package as a whole: quick, quiet, documented, within its bounds."""

import ast
import gc
import graphlib
import subprocess
import sys
from pathlib import Path

import keras
import pytest

import kd_tutorial as kd
from kd_tutorial.quiet import _no_collections

ROOT = Path(__file__).resolve().parent.parent


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )


def test_the_import_is_light_and_silent():
    done = run(
        "import sys, kd_tutorial\n"
        "heavy = {'tensorflow', 'jax', 'torch', 'keras', 'sklearn',"
        " 'matplotlib', 'scipy', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.long
def test_training_says_nothing():
    code = (
        "import kd_tutorial as kd\n"
        "data = kd.load_data('digits', size=64)\n"
        "student = kd.mlp(data.input_shape, data.classes, hidden=(4,))\n"
        "kd.train(student, data.train.x, data.train.y, epochs=1)\n"
    )
    if keras.backend.backend() != "torch":
        code += (
            "kd.train_replicas(lambda: kd.mlp((8, 8, 1), 10), data.train.x,\n"
            "    data.train.y, targets=[kd.HardTargets()], seeds=[0, 1],\n"
            "    steps=2)"
        )
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")


def test_what_tensorflow_says_beyond_notices_is_kept(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(
        "import os\n"
        "os.write(2, b'I0000 00:00:17.5 a notice\\nsomething real\\n')\n"
        "value = 3\n"
    )
    done = run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import kd_tutorial, tensorflow\n"
        "print(tensorflow.value, tensorflow.__spec__.name)"
    )
    assert (done.stdout, done.stderr) == ("3 tensorflow\n", "something real\n")


@pytest.mark.parametrize("name", [n for n in kd.__all__])
def test_public_names_are_documented(name):
    public = getattr(kd, name)
    assert public.__doc__ and len(public.__doc__) > 20


@pytest.mark.parametrize(
    "name", [n for names in kd._PUBLIC.values() for n in names.split()]
)
def test_functions_say_what_they_take_and_give(name):
    public = getattr(kd, name)
    if isinstance(public, type):
        return
    assert "Returns:" in public.__doc__
    if public.__code__.co_argcount + public.__code__.co_kwonlyargcount:
        assert "Args:" in public.__doc__


def test_unknown_names():
    with pytest.raises(AttributeError, match="no attribute 'distil'"):
        kd.distil  # noqa: B018
    assert "distill" in dir(kd)


ROOMS = (
    "data", "models", "answers", "objectives", "training", "device",
    "evidence", "exercises", "command",
)  # fmt: skip


def imports(path):
    """The rooms that a module imports from: its own ones by module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            names = [alias.name for alias in node.names]
            yield node.level, (node.module or "").split("."), names


def test_rooms_import_downwards_only():
    folder = ROOT / "kd_tutorial"
    for place, room in enumerate(ROOMS):
        for path in (folder / room).glob("*.py"):
            for level, module, _ in imports(path):
                if level == 2 and module[0] in ROOMS:
                    assert ROOMS.index(module[0]) < place, (path, module)


def test_the_ground_imports_no_room():
    for name in ("quiet", "checks"):
        assert not [*imports(ROOT / "kd_tutorial" / f"{name}.py")]


def test_modules_of_a_room_have_an_order():
    folder = ROOT / "kd_tutorial"
    for room in ROOMS:
        uses = {}
        for path in (folder / room).glob("*.py"):
            own = set()
            for level, module, names in imports(path):
                if level == 1:
                    own |= {module[0]} if module[0] else {*names}
            uses[path.stem] = own & {
                p.stem for p in (folder / room).glob("*.py")
            }
        graphlib.TopologicalSorter(uses).prepare()  # raises for a cycle


def test_no_module_is_long():
    for path in (ROOT / "kd_tutorial").rglob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 300, path


def test_rooms_give_their_public_names():
    assert kd.models.mlp is kd.mlp
    assert kd.training.distill is kd.distill
    with pytest.raises(AttributeError, match="no attribute 'mlp'"):
        kd.data.mlp  # noqa: B018


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_looked_for_again_after_an_import(enabled):
    before = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        with pytest.raises(ImportError), _no_collections():
            assert not gc.isenabled()
            raise ImportError("no TensorFlow for this machine")
        assert gc.isenabled() == enabled
    finally:
        gc.enable() if before else gc.disable()
