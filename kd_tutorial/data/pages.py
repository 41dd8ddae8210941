"""What a notebook does without: the cells below are left undone."""

import contextlib
import sys


@contextlib.contextmanager
def page_needs():
    """Around what a notebook cannot do without: files, optional packages.

    Where one of them cannot be had, a notebook prints what is missing and
    what to do about it, and its cells below do nothing: it runs through, so
    that a book can be built without it. A section that can do without begins
    with a `page_needs` of its own, and cells are run again from there. Once
    the remedy is applied, run the cell again. Outside a notebook the error is
    raised as usual.

    Returns:
        A context.

    Raises:
        FileNotFoundError, ImportError: outside a notebook.

    Example:

    >>> import kd_tutorial as kd
    >>> with kd.page_needs():
    ...     data = kd.load_data("digits")
    >>> data.classes
    10
    """
    transforms = _cell_transforms()
    try:
        yield
    except (FileNotFoundError, ImportError) as error:
        if transforms is None:
            raise
        print(
            f"{error}\n\nThe cells that follow need it and are left undone. "
            "Run this cell again, and them, when it is there."
        )
        if _leave_undone not in transforms:
            transforms.append(_leave_undone)
    else:
        if transforms and _leave_undone in transforms:
            transforms.remove(_leave_undone)


def _cell_transforms():
    """IPython's functions from a cell's lines to lines; `None` elsewhere."""
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    return getattr(shell, "input_transformers_cleanup", None)


def _leave_undone(lines):
    return lines if any("page_needs" in line for line in lines) else []
