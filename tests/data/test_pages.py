"""A notebook that lacks a file runs through and says so."""

import pytest

import kd_tutorial as kd

BROKEN = """
import kd_tutorial as kd
there = {there}
with kd.page_needs():
    if not there:
        raise {error}
"""


def test_outside_a_notebook_the_error_is_raised():
    with pytest.raises(FileNotFoundError, match="no such wheel"):
        with kd.page_needs():
            raise FileNotFoundError("no such wheel")


@pytest.fixture
def shell():
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactive.InteractiveShell.instance()
    yield shell
    interactive.InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    "error", ["FileNotFoundError('no such wheel')", "ImportError('no such')"]
)
def test_the_cells_below_are_left_undone_until_it_is_there(
    shell, capsys, error
):
    shell.run_cell(BROKEN.format(there=False, error=error)).raise_error()
    assert "no such" in capsys.readouterr().out
    shell.run_cell("done = 1\nraise SystemError").raise_error()
    assert "done" not in shell.user_ns
    shell.run_cell(BROKEN.format(there=True, error=error)).raise_error()
    shell.run_cell("done = 2").raise_error()
    assert shell.user_ns["done"] == 2


def test_other_errors_are_no_absence(shell):
    broken = BROKEN.format(there=False, error="ValueError('damaged')")
    with pytest.raises(ValueError, match="damaged"):
        shell.run_cell(broken).raise_error()
    shell.run_cell("after = 1").raise_error()
    assert shell.user_ns["after"] == 1
