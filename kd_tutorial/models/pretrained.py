"""Large models that exist, as functions from a batch to logits.

Each runs the file that its makers published, by ONNX Runtime; nothing of
theirs is imported.
"""

import numpy as np

from ..checks import check_whole
from ..data.packages import fetch
from ..data.registry import FILES
from .saved import readable

_HEIGHT = 48  # pixels of a line of text, as the recogniser was trained


class OcrReader:
    """A recogniser of text lines that is asked for one character.

    It is PP-OCRv6's small recogniser: 21 MB, trained to read lines of 18,708
    different characters. It was never told that its pictures hold one
    character each, nor which ones may occur. Asked as a teacher, it gives
    for each of `characters`

        log max_t p_t(character),

    where p_t is its softmax at place t of the line, over all characters and
    the blank. Call it with images `(batch, height, width, 1)`, ink 1 on
    paper 0, and get `{"output": ..., "best": ...}`: the logits
    `(batch, len(characters))`, and the place in `alphabet` of the likeliest
    character, whether it is one of `characters` or not.

    An image is inverted (dark on light), enlarged to 48×48 pixels by cubic
    splines, followed by white paper up to `width`, and scaled to ±1.

    Args:
        characters: the classes, in their order. Defaults to the ten digits.
        width: of the line in pixels, 48 or more; paper beside the character
            helps. Defaults to 96.
        threads: processors that one answer may use; 0 for all. Defaults to
            1.

    Raises:
        ImportError: without the package onnxruntime.
        FileNotFoundError: when the model cannot be had, see `fetch`.
        ValueError: for characters that it does not know or that come twice,
            or a width or threads that are no such whole number.

    Example:

    >>> import importlib.util, kd_tutorial as kd
    >>> if importlib.util.find_spec("onnxruntime"):
    ...     if kd.available("mnist-5k", "ocr-model"):
    ...         data = kd.load_data("mnist-5k")
    ...         reader = kd.OcrReader()
    ...         assert kd.ask(reader, data.test.x[:2]).logits.shape == (2, 10)
    """

    def __init__(
        self,
        characters: str = "0123456789",
        *,
        width: int = 96,
        threads: int = 1,
    ):
        width = check_whole(
            "width", width, _HEIGHT, None,
            "96 leaves as much paper as the character takes.",
        )  # fmt: skip
        threads = check_whole("threads", threads, 0)
        self._session = onnx_session(fetch("ocr-model"), threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        # What each column of its answer stands for; the blank is the first.
        self.alphabet = ["", *metadata["character"].split("\n"), " "]
        unknown = sorted({*characters} - {*self.alphabet})
        if unknown or len({*characters}) < max(2, len(characters)):
            raise ValueError(
                "characters must be two or more different ones that the "
                f"model knows, got {characters!r}"
                + (f"; it does not know {unknown}." if unknown else ".")
            )
        self.characters = characters
        self.width = width
        self._columns = [self.alphabet.index(c) for c in characters]
        self.cache_key = (
            f"OcrReader 1/{FILES['ocr-model'].sha256}/{characters}/{width}"
        )

    def __call__(self, x) -> dict[str, np.ndarray]:
        x = self._checked(x)
        logits, best = [], []
        for start in range(0, len(x), 16):  # 0.9 MB of probabilities each
            said = self.probabilities(x[start : start + 16])
            said = said.max(axis=1)  # over the places of the line
            own = np.maximum(said[:, self._columns], np.finfo("float32").tiny)
            logits.append(np.log(own))
            best.append(1 + said[:, 1:].argmax(axis=1))
        return {"output": np.concatenate(logits), "best": np.concatenate(best)}

    def probabilities(self, x) -> np.ndarray:
        """What it says at each place of the line, over all characters.

        Args:
            x: images `(batch, height, width, 1)`, from 0 to 1.

        Returns:
            Shape `(batch, places, characters)`; the first is the blank.
        """
        name = self._session.get_inputs()[0].name
        return self._session.run(None, {name: self.lines(x)})[0]

    def lines(self, x) -> np.ndarray:
        """Images as the model wants them: dark ink on a line of paper.

        Args:
            x: images `(batch, height, width, 1)`, from 0 to 1.

        Returns:
            Shape `(batch, 3, 48, width)`, from -1 to 1.
        """
        x = self._checked(x)
        down, across = (_enlargement(size) for size in x.shape[1:3])
        lines = np.ones((len(x), _HEIGHT, self.width), "float32")
        lines[:, :, :_HEIGHT] = down @ (1 - x[..., 0]) @ across.T
        lines = 2 * np.clip(lines, 0, 1) - 1
        return np.repeat(lines[:, None], 3, axis=1)

    @staticmethod
    def _checked(x):
        x = np.asarray(x, dtype="float32")
        if (
            x.ndim != 4
            or x.shape[3] != 1
            or min(x.shape[1:3]) < 4
            or not len(x)
        ):
            raise ValueError(
                "x must be one or more grey images (batch, height, width, 1) "
                f"of 4×4 pixels at least, got shape {x.shape}."
            )
        if not (x.min() >= 0 and x.max() <= 1):
            raise ValueError(
                "x must lie from 0 (paper) to 1 (ink), got "
                f"{x.min():g} to {x.max():g}. Divide grey values by 255."
            )
        return x


def _enlargement(size):
    """The matrix that turns `size` pixels into 48, by cubic splines."""
    from scipy.interpolate import make_interp_spline

    centres = (np.arange(_HEIGHT) + 0.5) * size / _HEIGHT - 0.5
    spline = make_interp_spline(np.arange(size), np.eye(size), k=3)
    return spline(np.clip(centres, 0, size - 1)).astype("float32")


def onnx_session(path, threads):
    """A model in ONNX Runtime, quiet, on so many processors.

    Raises:
        ImportError: without the package onnxruntime.
        ValueError: for what cannot be read as such a model.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(
            "this model runs in ONNX Runtime, which is not installed: pip "
            "install onnxruntime"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    with readable(path, "an ONNX model"):
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
