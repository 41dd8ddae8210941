"""Check rendered pages: whole, offline, described, and quiet.

A page may load nothing from another host, must say in words what its
pictures show, links only to what exists, says what it is about to those who
have not opened it, and has neither a traceback nor a line of TensorFlow's log
in it. What only a browser can tell is asked by browse.py.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parent.parent

LOG_LINES = re.compile(
    r"[IWEF]0000 00:00|cpu_feature_guard|oneDNN custom operations"
    r"|All log messages before absl|computation_placer|Unable to register"
    r"|function retracing|cuda drivers"
)
# What a page loads by itself, by element and attribute.
LOADED = {
    "script": "src", "img": "src", "iframe": "src", "source": "src",
    "video": "src", "audio": "src", "embed": "src", "object": "data",
}  # fmt: skip


class Page(HTMLParser):
    """The links, loads, pictures, anchors, metadata and text of one page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.alts = [], [], []
        self.anchors, self.text, self.icons, self.meta = set(), [], [], {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        own = dict(attributes)
        self.anchors |= {own[k] for k in ("id", "name") if own.get(k)}
        if tag == "a" and own.get("href"):
            self.links.append(own["href"])
        if own.get(LOADED.get(tag, "")):
            self.loads.append(own[LOADED[tag]])
        if tag == "link" and re.search(
            "stylesheet|icon|preload|modulepreload", own.get("rel") or ""
        ):
            self.loads.append(own.get("href") or "")
            self.icons += [own] if "icon" in own["rel"] else []
        if tag == "meta":
            kinds = (own.get(k) for k in ("name", "property", "http-equiv"))
            self.meta[next(filter(None, kinds), "")] = own.get("content") or ""
        if tag == "img":
            self.alts.append((own.get("src") or "", own.get("alt")))

    def handle_data(self, data):
        self.text.append(data)


def poor_alt(src, alt):
    """Whether an image's description is missing or no description."""
    if alt is None or not alt.strip():
        return True
    name = Path(urlsplit(src).path).stem
    return "_images/" in src and (
        bool(re.search(r"[0-9a-f]{16}", alt)) or name in alt or len(alt) < 20
    )


def unsaid(folder: Path, name: Path, page: Page) -> Iterator[str]:
    """What a page does not tell those who have not opened it."""
    if len(page.meta.get("description", "")) < 50:
        yield f"{name}: no description"
    if not page.icons:
        yield f"{name}: no icon"
    own = page.meta.get("og:url", "")
    root, card = own.removesuffix(str(name)), page.meta.get("og:image", "")
    if root == own or not urlsplit(own).netloc:
        yield f"{name}: its address is said to be {own!r}"
    elif not (folder / card.removeprefix(root)).is_file():
        yield f"{name}: no card {card!r}"


def check(folder: Path) -> list[str]:
    """What is wrong with the pages under `folder`, one line each."""
    pages = {
        path: Page(path.read_text("utf-8", errors="replace"))
        for path in sorted(folder.rglob("*.html"))
        if "_static" not in path.parts and "_vendor" not in path.parts
    }
    if not pages:
        return [f"{folder}: no pages. Build the book first."]
    wrong, described = [], {}
    for path, page in pages.items():
        name = path.relative_to(folder)
        if "Refresh" not in page.meta:  # it sends on to the first page
            wrong += unsaid(folder, name, page)
            same = described.setdefault(page.meta.get("description"), name)
            if same != name:
                wrong.append(f"{name}: the same description as {same}")
        for address in page.loads:
            place = urlsplit(address)
            if place.netloc:
                wrong.append(f"{name}: loads {address} from another host")
            elif (
                place.scheme != "data"
                and not (path.parent / unquote(place.path)).exists()
            ):
                wrong.append(f"{name}: loads {address}, which is not there")
        for src, alt in page.alts:
            if poor_alt(src, alt):
                wrong.append(f"{name}: {src} lacks a description, has {alt!r}")
        text = "".join(page.text)
        if found := LOG_LINES.search(text):
            wrong.append(f"{name}: a log line: {found.group()!r}")
        if "Traceback (most recent call last)" in text:
            wrong.append(f"{name}: a traceback")
        for link in page.links:
            target = urlsplit(link)
            if target.scheme or target.netloc:
                continue
            file = path
            if target.path:
                file = (path.parent / unquote(target.path)).resolve()
            if not file.exists():
                wrong.append(f"{name}: broken link {link}")
            elif (
                target.fragment
                and file in pages
                and unquote(target.fragment) not in pages[file].anchors
            ):
                wrong.append(f"{name}: no anchor for {link}")
    return wrong


def check_launch(folder: Path, root: Path = ROOT) -> list[str]:
    """The pages whose launch button does not open their own notebook."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    own = config["repository"]
    colab = config["launch_buttons"]["colab_url"]
    place = urlsplit(own["url"]).path.strip("/")
    wrong = []
    for path in sorted((folder / "book").rglob("*.html")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        wanted = []
        if (root / f"{name}.ipynb").exists():
            way = f"github/{place}/blob/{own['branch']}/{name}.ipynb"
            wanted = [f"{colab}/{way}"]
        links = Page(path.read_text("utf-8", errors="replace")).links
        found = [link for link in links if link.startswith(colab)]
        if found != wanted:
            wrong.append(f"{name}: opens {found} in Colab, not {wanted}")
    return wrong


def main(arguments) -> int:
    """Print what is wrong; returns 1 if anything is."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: check_pages.py FOLDER_OF_HTML", file=sys.stderr)
        return 2
    folder = Path(arguments[0]).resolve()
    wrong = [*check(folder), *check_launch(folder)]
    for line in wrong:
        print(line, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
