"""The network for many seeds: Keras' convolution, and every view in turn."""

import keras
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import kd_tutorial as kd
from kd_tutorial.models.strided import Filters, Views

numpy = keras.ops.convert_to_numpy


@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 3),
    st.sampled_from([1, 3, 5]), st.sampled_from([1, 2, 3]),
)  # fmt: skip
@example(1, 9, 1, 1, 1)
def test_a_product_is_keras_convolution(high, wide, channels, window, step):
    generator = np.random.default_rng(high + 10 * wide)
    x = generator.normal(size=(2, high, wide, channels)).astype("float32")
    own, keras_own = (
        kind(4, window, strides=step, padding="same", activation="relu")
        for kind in (Filters, keras.layers.Conv2D)
    )
    own.build(x.shape)
    keras_own.build(x.shape)
    weights = [generator.normal(size=w.shape) for w in own.get_weights()]
    own.set_weights(weights)
    keras_own.set_weights(weights)
    for training in (True, False):
        both = own(x, training=training), keras_own(x)
        assert np.allclose(*map(numpy, both), atol=1e-4)


@pytest.mark.parametrize("batch", [2, 8, 64])
@pytest.mark.parametrize("channels", [1, 8])
def test_one_row_of_places_is_a_convolution_too(batch, channels):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(batch, 1, 9, channels)).astype("float32")
    own = Filters(24, 3, padding="same")
    own.build(x.shape)
    both = own(x, training=True), own(x, training=False)
    assert np.allclose(*map(numpy, both), atol=1e-4)


@pytest.mark.slow
def test_a_flat_image_trains_by_fit():
    """Its last convolution has one row of places."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(64, 12, 28, 1)).astype("float32")
    keras.utils.set_random_seed(0)
    student = kd.strided_cnn((12, 28, 1), 4)
    losses = kd.train(
        student, x, generator.integers(4, size=64), epochs=30, batch_size=32
    ).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


def ramp(rows, side=9):
    return np.tile(
        np.arange(side * side, dtype="float32").reshape(1, side, side, 1),
        (rows, 1, 1, 1),
    )


@pytest.mark.parametrize("by", [1, 2, 3])
def test_a_batch_meets_every_move_once(by):
    rows = (2 * by + 1) ** 2
    images = ramp(rows)
    seen = np.asarray(Views(by)(images, training=True))
    size = 9 - 2 * by
    expected = {
        images[0, i : i + size, j : j + size].tobytes()
        for i in range(2 * by + 1)
        for j in range(2 * by + 1)
    }
    assert {view.tobytes() for view in seen} == expected


def test_few_rows_are_moved_both_ways():
    corners = np.asarray(Views(2)(ramp(10), training=True))[:, 0, 0, 0]
    assert len({*(corners // 9)}) >= 4 and len({*(corners % 9)}) >= 4


@pytest.mark.parametrize("training", [False, True])
def test_without_a_move_the_middle_is_seen(training):
    images = ramp(4)
    assert (np.asarray(Views(0)(images, training=training)) == images).all()
    middle = np.asarray(Views(3)(images, training=False))
    assert (middle == images[:, 3:6, 3:6]).all()


def test_its_size_is_that_of_its_formula():
    student = kd.strided_cnn((28, 28, 1), 10)
    by_hand = 25 * 8 + 8 + 9 * 8 * 16 + 16 + 9 * 16 * 24 + 24
    by_hand += 3 * 3 * 24 * 10 + 10
    assert student.count_params() == by_hand == 7026
    work = 12 * 12 * 25 * 8 + 6 * 6 * 72 * 16 + 3 * 3 * 144 * 24 + 216 * 10
    assert kd.cost(student).operations == work


def test_a_saved_one_comes_back(tmp_path):
    student = kd.strided_cnn((12, 12, 1), 3, filters=(2, 3), shift=1)
    x = np.random.default_rng(0).uniform(size=(5, 12, 12, 1))
    student.save(tmp_path / "student.keras")
    again = keras.saving.load_model(tmp_path / "student.keras")
    both = student(x), again(x)
    assert np.allclose(*map(numpy, both), atol=1e-6)


@pytest.mark.slow
def test_stacked_replicas_train_as_fit_does():
    generator = np.random.default_rng(0)
    x = generator.uniform(size=(40, 12, 12, 1)).astype("float32")
    y = generator.integers(0, 3, 40)

    def build():
        return kd.strided_cnn((12, 12, 1), 3, filters=(2, 3), shift=1)

    order = np.stack([np.arange(40).reshape(4, 10)] * 2)
    replicas = kd.train_replicas(
        build, x, y, targets=[kd.HardTargets()], seeds=[3, 4], order=order,
        learning_rate=0.01,
    )  # fmt: skip
    keras.utils.set_random_seed(4)
    alone = build()
    alone.compile(
        keras.optimizers.Adam(0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    alone.fit(x, y, batch_size=10, epochs=1, shuffle=False, verbose=0)
    assert np.allclose(replicas.logits(x, [1])[0], alone(x), atol=1e-4)


@pytest.mark.parametrize(
    "shape, options, said",
    [
        ((28, 28, 3), {}, r"\(height, width, 1\), at least 12"),
        ((28, 28), {}, "input_shape must be"),
        ((11, 28, 1), {}, "at least 12 high"),
        ((28, 28, 1), {"filters": (0,)}, "each of filters"),
        ((28, 28, 1), {"shift": -1}, "shift must be"),
        ((28, 28, 1), {"classes": 1}, "classes must be"),
    ],
)
def test_what_makes_no_network(shape, options, said):
    with pytest.raises(ValueError, match=said):
        kd.strided_cnn(shape, **{"classes": 10, **options})
