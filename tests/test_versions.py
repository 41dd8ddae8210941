"""The versions that are promised, and the locked environments of each."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def numbers(version):
    found = [int(n) for n in re.findall(r"\d+", version)[:3]]
    return (*found, 0, 0)[:3]


def bounds():
    """The lower bound of everything that the package asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = project["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    for requirement in wanted:
        assert re.fullmatch(r"[a-z0-9-]+>=[\d.]+", requirement), requirement
    return dict(requirement.split(">=") for requirement in wanted)


def locked(name):
    """The versions that a file of requirements pins, by package."""
    text = (ROOT / name).read_text("utf-8")
    found = {}
    pin = r"^([\w-]+)(?:\[[\w,-]+\])?==([\w.]+)"
    for package, version in re.findall(pin, text, re.MULTILINE):
        found.setdefault(package, []).append(numbers(version))
    return found


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-jax.txt"])
def test_lower_bounds_are_below_the_lock(lock):
    pins = locked(lock)
    assert {"keras", "numpy", "scipy"} <= pins.keys()
    for name, low in bounds().items():
        for version in pins.get(name, ()):
            assert numbers(low) <= version, name


def test_the_lowest_environment_holds_the_lower_bounds():
    # If this fails, a bound has changed: `make lock`.
    pins = locked("requirements-lowest.txt")
    for name, low in bounds().items():
        assert min(pins[name]) == numbers(low), name


def test_colabs_versions_are_within_the_bounds():
    pins = locked("requirements-colab.txt")
    asked = locked("requirements-colab.in")
    assert len(asked) == 10
    assert {name: pins[name] for name in asked} == asked
    for name, low in bounds().items():
        for version in pins.get(name, ()):
            assert numbers(low) <= version, name
    assert "kd-tutorial" not in pins


@pytest.mark.parametrize("kind", ["", "-jax", "-lowest", "-colab"])
def test_every_lock_holds_all_that_is_asked_for(kind):
    # If this fails, a requirements*.in has changed: `make lock`.
    asked = (ROOT / f"requirements{kind}.in").read_text("utf-8")
    names = set(re.findall(r"^[\w-]+", asked, re.MULTILINE))
    assert names <= locked(f"requirements{kind}.txt").keys()


def test_the_lock_keeps_the_extras_that_its_packages_ask_for():
    # pip looks for `coverage[toml]` by itself where only `coverage` is pinned:
    # it finds today's version, which has no hash here, and stops.
    text = (ROOT / "requirements.txt").read_text("utf-8")
    kept = dict(re.findall(r"^([\w-]+)\[([\w,-]+)\]==", text, re.MULTILINE))
    pins = locked("requirements.txt")
    for distribution in metadata.distributions():
        version = numbers(distribution.version)
        if version not in pins.get(canonicalize_name(distribution.name), ()):
            continue  # another environment than the one that is locked here
        for line in distribution.requires or ():
            asks = Requirement(line)
            if asks.marker is None or asks.marker.evaluate({"extra": ""}):
                extras = kept.get(canonicalize_name(asks.name), "").split(",")
                assert asks.extras <= set(extras), (distribution.name, line)
