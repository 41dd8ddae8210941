"""Comparisons: paired, chosen on validation, reported on test."""

import html
from dataclasses import dataclass

import keras
import numpy as np
import pytest
from clouds import CLASSES, blobs, student
from scipy import stats

import kd_tutorial as kd


@pytest.fixture(scope="module")
def data():
    return kd.Dataset(
        "blobs", blobs(90, 0), blobs(60, 1), blobs(120, 2), ("a", "b", "c")
    )


@pytest.fixture(scope="module")
def teacher(data):
    keras.utils.set_random_seed(0)
    model = kd.mlp((4,), CLASSES, hidden=(32,))
    adam = keras.optimizers.Adam(0.02)
    kd.train(model, data.train.x, data.train.y, epochs=20, optimizer=adam)
    return model


HARD = [kd.HardTargets()]
SOFT = [kd.SoftTargets(temperature=2.0)]


@pytest.fixture(scope="module")
def study(data, teacher):
    return kd.compare(
        {"hard": HARD, "soft": SOFT},
        student,
        kd.shared(data),
        teacher=kd.shared(teacher),
        seeds=[3, 5, 8, 9],
        epochs=3,
    )


def test_compare_is_train_replicas_on_every_seed(study, data, teacher):
    told = kd.ask(teacher, data.train.x)
    for name, targets in {"hard": HARD, "soft": SOFT}.items():
        replicas = kd.train_replicas(
            student,
            data.train.x,
            data.train.y,
            targets=targets,
            answers=told,
            seeds=[3, 5, 8, 9],
            epochs=3,
        )
        logits = replicas.logits(data.test.x)
        assert np.allclose(study.outcomes[name].logits, logits, atol=1e-5)
        assert np.allclose(
            study.scores(name), 100 * kd.accuracy(data.test.y, logits)
        )


def test_metrics_of_a_study(study, data, teacher):
    told = teacher.predict(data.test.x, verbose=0)
    logits = study.outcomes["soft"].logits
    for metric, expected in {
        "log_loss": kd.log_loss(data.test.y, logits),
        "calibration_error": 100 * kd.calibration_error(data.test.y, logits),
        "agreement": 100 * kd.agreement(told, logits),
        "kl_to_teacher": kd.kl_to_teacher(told, logits),
    }.items():
        assert np.allclose(study.scores("soft", metric), expected, atol=1e-5)

    def errors(labels, logits):
        return (logits.argmax(axis=1) != labels).sum()

    wrong = study.scores("soft", errors)
    assert np.allclose(wrong, 120 * (1 - study.scores("soft") / 100))
    assert "errors" in study.table(errors).head[1]


def test_differences_are_paired(study):
    hard, soft = study.scores("hard"), study.scores("soft")
    gap = study.difference("soft", "hard")
    assert np.array_equal(gap.values, soft - hard)
    assert np.isclose(gap.p_value, stats.ttest_rel(soft, hard).pvalue)


def test_the_first_weights_and_the_order_are_those_of_the_seed(data):
    twice = kd.compare(
        {"one": HARD, "two": [kd.HardTargets(weight=1)]},
        student, kd.shared(data), seeds=[0, 1], epochs=2,
    )  # fmt: skip
    assert np.array_equal(
        twice.outcomes["one"].logits, twice.outcomes["two"].logits
    )
    other = kd.compare(
        {"one": HARD}, student, kd.shared(data), seeds=[1, 2], epochs=2
    )
    assert np.allclose(
        other.outcomes["one"].logits[0],
        twice.outcomes["one"].logits[1],
        atol=1e-5,
    )


def test_validation_chooses_and_test_does_not(data):
    # The test set contradicts validation: its labels are moved on by one.
    test = kd.Split(data.test.x, (data.test.y + 1) % CLASSES)
    fooled = kd.Dataset(
        "fooled", data.train, data.validation, test, data.class_names
    )
    sensible, useless = HARD, [kd.HardTargets(weight=0)]
    candidates = {"useless": useless, "sensible": sensible}
    study = kd.compare(
        {"tuned": kd.Method(candidates), "sensible": sensible},
        student, kd.shared(fooled), seeds=range(4), epochs=5,
        learning_rate=0.02,
    )  # fmt: skip
    outcome = study.outcomes["tuned"]
    assert outcome.chosen == ("sensible",) * 4
    assert outcome.choice == "sensible"
    assert list(outcome.validation) == ["useless", "sensible"]
    assert np.allclose(
        outcome.logits, study.outcomes["sensible"].logits, atol=1e-5
    )
    expected = kd.accuracy(
        data.validation.y,
        kd.train_replicas(
            student, data.train.x, data.train.y, targets=HARD,
            seeds=range(4), epochs=5, learning_rate=0.02,
        ).logits(data.validation.x),
    )  # fmt: skip
    assert np.allclose(outcome.validation["sensible"], expected)


def test_candidates_of_different_kinds_are_all_tried(data, teacher):
    study = kd.compare(
        {
            "any": kd.Method(
                {
                    "T = 1": [kd.SoftTargets(temperature=1)],
                    "T = 4": [kd.SoftTargets(temperature=4)],
                    "logits": [kd.SoftTargets(loss_function="squared_logits")],
                }
            )
        },
        student, kd.shared(data), teacher=kd.shared(teacher),
        seeds=[0, 1], epochs=2,
    )  # fmt: skip
    outcome = study.outcomes["any"]
    tried = outcome.validation
    assert list(tried) == ["T = 1", "T = 4", "logits"]
    for seed, label in enumerate(outcome.chosen):
        assert tried[label][seed] == max(a[seed] for a in tried.values())
    row = study.rows()[0]
    assert row["trials"] == 3 and row["validation_labels"] == 60


def test_train_draws_rows_a_seed_and_a_method_may_draw_its_own(data):
    seen = {"study": [], "own": []}

    def draw(key):
        def train(split, seed):
            few = kd.few_per_class(split, 4, seed=seed)
            seen[key].append((seed, few.x[0, 0]))
            return few

        return train

    kd.compare(
        {"a": HARD, "b": kd.Method(HARD, train=draw("own"))},
        student, kd.shared(data), seeds=[0, 1], steps=3, train=draw("study"),
    )  # fmt: skip
    assert [seed for seed, _ in seen["study"]] == [0, 1]
    assert seen["study"] == seen["own"]


@pytest.mark.slow
def test_answers_of_a_method_replace_the_teachers(data, teacher):
    def wrong_way_round(answers, split, seed):
        assert np.allclose(answers.logits, kd.ask(teacher, split.x).logits)
        assert len(split) == 90 and seed in range(3)
        return -answers.logits

    study = kd.compare(
        {"soft": SOFT, "reversed": kd.Method(SOFT, answers=wrong_way_round)},
        student, kd.shared(data), teacher=kd.shared(teacher), seeds=range(3),
        epochs=15, learning_rate=0.02,
    )  # fmt: skip
    assert study.scores("soft").mean() > 60
    assert study.scores("reversed").mean() < 30


@pytest.mark.slow
def test_one_data_set_and_one_teacher_a_seed(data, teacher):
    moved = kd.Dataset(
        "moved", *(blobs(n, s, 9.0) for n, s in ((90, 0), (60, 1), (120, 2))),
        data.class_names,
    )  # fmt: skip
    study = kd.compare(
        {"hard": HARD, "soft": SOFT},
        student, [data, moved], teacher=[teacher, student()],
        seeds=[0, 1], epochs=15, learning_rate=0.02,
    )  # fmt: skip
    hard, soft = study.scores("hard"), study.scores("soft")
    assert hard[0] > 60 and soft[0] > 60
    assert soft[1] < hard[1]  # its teacher was never trained
    alone = kd.compare(
        {"hard": HARD},
        student,
        kd.shared(moved),
        seeds=[0, 1],
        epochs=15,
        learning_rate=0.02,
    )
    assert np.isclose(alone.scores("hard")[1], hard[1])


def test_methods_may_bring_student_options_and_teacher(data, teacher):
    study = kd.compare(
        {
            "plain": HARD,
            "none": kd.Method(HARD, options={"learning_rate": 1e-9}),
            "wide": kd.Method(
                SOFT,
                teacher=kd.shared(teacher),
                build_student=lambda: kd.mlp((4,), CLASSES, hidden=(64,)),
            ),
        },
        student, kd.shared(data), seeds=[0, 1], epochs=10, learning_rate=3e-3,
    )  # fmt: skip
    start = study.outcomes["none"].logits[0]
    keras.utils.set_random_seed(0)
    assert np.allclose(
        start, student().predict(data.test.x, verbose=0), atol=1e-4
    )
    assert study.scores("wide").mean() > study.scores("plain").mean()
    assert study.teacher_logits is None
    with pytest.raises(ValueError, match="'agreement' needs the teacher"):
        study.scores("plain", "agreement")


def test_a_methods_epochs_go_before_the_studys_steps(data):
    epochs, steps = {"epochs": 1}, {"steps": 2}  # of 32 of 90 rows: as many
    methods = {
        "epochs": kd.Method(HARD, options=epochs),
        "steps": kd.Method(HARD, options=steps),
        "study's": HARD,
    }
    for given in ({"steps": 9}, {"epochs": 3}):
        study = kd.compare(
            methods, student, kd.shared(data), seeds=[0, 1], **given
        )
        found = {n: study.outcomes[n].logits for n in methods}
        assert np.array_equal(found["epochs"], found["steps"])
        assert not np.allclose(found["epochs"], found["study's"], atol=1e-5)


def test_the_teacher_is_asked_once_for_the_same_rows(data, teacher):
    cache = kd.AnswerCache()
    kd.compare(
        {"soft": SOFT, "again": SOFT}, student, kd.shared(data),
        teacher=kd.shared(teacher), seeds=range(3), epochs=1, cache=cache,
    )  # fmt: skip
    assert cache.misses == 2  # the training rows and the test rows


def test_rows_table_and_figure_say_the_same(study):
    rows = study.rows(baseline="hard")
    assert [row["method"] for row in rows] == ["hard", "soft"]
    assert "difference" not in rows[0]
    gap = study.difference("soft", "hard")
    assert rows[1]["difference"] == gap.mean
    assert rows[1]["difference_low"] == gap.low
    table = study.table(baseline="hard")
    text = str(table)
    assert f"{gap.mean:+.2f} [{gap.low:+.2f}, {gap.high:+.2f}]" in text
    assert f"{rows[0]['mean']:.2f}" in text and "trials" not in text
    page = table._repr_html_()
    assert page.count("<tr>") == 3 and html.escape("hard") in page
    reverse = study.rows(baseline="soft")
    assert np.isclose(reverse[0]["difference"], -gap.mean)
    figure = study.figure()
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert labels == ["hard", "soft"]


def test_tables_escape_and_align():
    table = kd.Table(["a", "long name"], [["<b>", "1"], ["", "22"]])
    assert "&lt;b&gt;" in table._repr_html_()
    assert str(table).splitlines() == ["a    long name", "<b>  1", "     22"]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"seeds": [1]}, r"seeds must be two or more different .* \[1\]"),
        ({"seeds": [1, 1]}, "seeds must be two or more different"),
        ({"methods": {}}, "methods is empty"),
        ({"methods": {"m": []}}, "targets is empty"),
        ({"methods": {"m": kd.Method({})}}, "'m' has no candidates"),
        ({"methods": {"m": SOFT}}, "'m' asks a teacher, got teacher=None"),
        ({"teacher": [None]}, "teacher has 1 entries for 2 seeds"),
        ({"learning_rate": -1.0}, "learning_rate must be positive"),
    ],
)
def test_comparisons_that_make_no_sense(data, change, message):
    call = {"methods": {"m": HARD}, "seeds": [0, 1]} | change
    with pytest.raises(ValueError, match=message):
        kd.compare(call.pop("methods"), student, kd.shared(data), **call)


def test_unknown_method_or_metric(study):
    with pytest.raises(ValueError, match="'softer'.*'hard', 'soft'"):
        study.scores("softer")
    with pytest.raises(ValueError, match="'acuracy'.*accuracy, log_loss"):
        study.scores("soft", "acuracy")


def test_a_bar_shows_when_asked(data, capsys):
    kd.compare(
        {"only": HARD},
        student,
        kd.shared(data),
        seeds=[0, 1],
        epochs=1,
        verbose=True,
    )
    assert "only" in capsys.readouterr().err
    kd.compare(
        {"only": HARD}, student, kd.shared(data), seeds=[0, 1], epochs=1
    )
    assert capsys.readouterr().err == ""


def test_a_student_that_diverged_is_not_scored():
    data = kd.load_data("digits", size=64)
    with pytest.raises(
        ValueError, match="method 'wild': logits .* for seeds .0, 1."
    ):
        kd.compare(
            {"wild": [kd.HardTargets()]},
            lambda: kd.mlp(data.input_shape, data.classes, hidden=(4,)),
            kd.shared(data), seeds=range(2), steps=20, learning_rate=1e38,
        )  # fmt: skip


def test_methods_have_names():
    with pytest.raises(TypeError, match="named by strings, got 4"):
        kd.compare({4: [kd.HardTargets()]}, lambda: None, None)


def test_methods_are_a_dictionary():
    with pytest.raises(TypeError, match="methods must be a dictionary.* list"):
        kd.compare([[kd.HardTargets()]], lambda: None, None, seeds=[0, 1])


def positive():
    """A student whose logits start from 0 to 1, and hardly move."""
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(
                2, kernel_initializer="zeros",
                bias_initializer=keras.initializers.Constant([0.3, 0.4]),
            ),
        ]
    )  # fmt: skip


def test_few_logits_that_look_like_probabilities_by_chance():
    def two(count, seed):
        x, y = np.random.default_rng(seed).normal(size=(count, 4)), np.arange
        return kd.Split(x, y(count) % 2)

    candidates = {"a": HARD, "b": [kd.HardTargets(weight=0.5)]}
    study = kd.compare(
        {"tuned": kd.Method(candidates)},
        positive,
        lambda seed: kd.Dataset(
            "two", two(20, seed), two(8, seed + 9), two(4, seed + 99),
            ("a", "b"),
        ),
        teacher=kd.shared(lambda x: np.stack([x[:, 0], -x[:, 0]], axis=1)),
        few_validation=1, seeds=[0, 1, 2], steps=1, learning_rate=1e-9,
    )  # fmt: skip
    assert np.allclose(study.outcomes["tuned"].validation["a"], 0.5)
    assert np.allclose(study.scores("tuned"), 50)  # always class 1
    loss = (np.log1p(np.exp(0.1)) + np.log1p(np.exp(-0.1))) / 2
    assert np.allclose(study.scores("tuned", "log_loss"), loss)
    told = study.teacher_logits
    agree = 100 * (told.argmax(-1) == 1).mean(axis=1)
    assert np.allclose(study.scores("tuned", "agreement"), agree)
    with pytest.raises(ValueError, match="look like probabilities"):
        kd.accuracy(study.labels, study.outcomes["tuned"].logits)


@dataclass(frozen=True, eq=False, kw_only=True)
class Towards(kd.Target):
    """Outputs towards a row of numbers, whatever the example."""

    row: np.ndarray
    name = "towards"

    @property
    def asks(self):
        return None

    def encode(self, labels, answer):
        return labels

    def loss(self, target, output):
        row = keras.ops.cast(self.row, output.dtype)
        return keras.ops.sum(keras.ops.square(output - row), axis=-1)


@pytest.mark.slow
def test_targets_with_arrays_are_compared(data):
    rows = 5 * np.eye(CLASSES)
    study = kd.compare(
        {
            "first": [Towards(row=rows[0])],
            "either": kd.Method(
                {str(i): [Towards(row=rows[i])] for i in range(CLASSES)}
            ),
        },
        student, kd.shared(data), seeds=[0, 1], epochs=20, learning_rate=0.05,
    )  # fmt: skip
    share = 100 * (data.test.y == 0).mean()
    assert np.allclose(study.scores("first"), share)
    shares = [(data.validation.y == i).mean() for i in range(CLASSES)]
    found = study.outcomes["either"].validation
    assert np.allclose([found[str(i)][0] for i in range(CLASSES)], shares)
