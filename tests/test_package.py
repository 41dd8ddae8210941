"""The package as a whole: quick, quiet, documented, within its bounds."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import kd_tutorial as kd

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


def test_training_says_nothing():
    done = run(
        "import kd_tutorial as kd\n"
        "data = kd.load_data('digits', size=64)\n"
        "student = kd.mlp(data.input_shape, data.classes, hidden=(4,))\n"
        "kd.train(student, data.train.x, data.train.y, epochs=1)\n"
        "kd.train_replicas(lambda: kd.mlp((8, 8, 1), 10), data.train.x,\n"
        "    data.train.y, targets=[kd.HardTargets()], seeds=[0, 1], steps=2)"
    )
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


def test_modules_import_downwards_only():
    layer = {
        name: level
        for level, names in enumerate(
            [
                "quiet checks tables machine repeats architecture",
                "losses data models metrics cache intervals",
                "glyphs files answers",
                "targets",
                "features training programs",
                "once",
                "stacks",
                "replicas",
                "study",
                "methods claims plots",
                "__main__ __init__",
            ]
        )
        for name in names.split()
    }
    folder = ROOT / "kd_tutorial"
    later = {"data": {"glyphs", "files"}, "study": {"plots"}}
    for path in folder.glob("*.py"):
        text = path.read_text("utf-8")
        used = set(re.findall(r"^ *from \.(\w+) import", text, re.MULTILINE))
        for line in re.findall(r"^ *from \. import (.*)$", text, re.MULTILINE):
            used |= {name.strip() for name in line.split(",")}
        for name in used - later.get(path.stem, set()):
            assert layer[name] <= layer[path.stem], (path.stem, name)


def test_lower_bounds_are_below_the_lock():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"]
    wanted += project["project"]["optional-dependencies"]["tensorflow"]
    lock = (ROOT / "requirements.txt").read_text("utf-8")

    def numbers(version):
        return tuple(int(n) for n in re.findall(r"\d+", version)[:3])

    for requirement in wanted:
        name, low = requirement.split(">=")
        locked = re.findall(rf"^{name}==([\d.]+)", lock, re.MULTILINE)
        assert locked, name
        assert all(numbers(low) <= numbers(version) for version in locked)
        assert "==" not in requirement and "<" not in requirement
