"""A seed draws everything: split, teacher, choice, student."""

import keras
import numpy as np
import pytest
from clouds import CLASSES, blobs, draw, student

import kd_tutorial as kd
from kd_tutorial.evidence import experiment

HARD = [kd.HardTargets()]
SOFT = [kd.SoftTargets(temperature=2.0)]
FAST = {"epochs": 4, "learning_rate": 0.01}
FIRST = 2**31  # teachers draw from here on


def large():
    return kd.mlp((4,), CLASSES, hidden=(16, 8))


def recipe(**options):
    return kd.Teacher(large, **{"epochs": 6, "learning_rate": 0.02} | options)


def nested(methods, **options):
    how = {"seeds": [3, 5], **FAST} | options
    return kd.compare(methods, student, how.pop("data", draw), **how)


def by_hand(seed, **options):
    """The teacher of one seed, trained as a single replica."""
    data = draw(seed)
    return kd.train_replicas(
        large, data.train.x, data.train.y, seeds=[FIRST + seed],
        **{"targets": HARD, "epochs": 6, "learning_rate": 0.02} | options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return nested({"labels": HARD, "answers": SOFT}, teacher=recipe())


def test_a_seed_is_a_study_by_hand(study):
    for place, seed in enumerate(study.seeds):
        data, teacher = draw(seed), by_hand(seed)
        assert np.array_equal(study.labels[place], data.test.y)
        assert np.allclose(
            study.teacher_logits[place],
            teacher.logits(data.test.x)[0],
            atol=1e-4,
        )
        told = kd.ask(teacher.model(0), data.train.x)
        for name, targets in {"labels": HARD, "answers": SOFT}.items():
            alone = kd.train_replicas(
                student, data.train.x, data.train.y, targets=targets,
                answers=told, seeds=[seed], **FAST,
            )  # fmt: skip
            assert np.allclose(
                study.outcomes[name].logits[place],
                alone.logits(data.test.x)[0],
                atol=1e-3,
            )


def test_nothing_is_shared_between_seeds(study):
    other = nested({"labels": HARD, "answers": SOFT}, teacher=recipe(),
                   seeds=[5, 8])  # fmt: skip
    assert not np.allclose(study.labels[0], study.labels[1])
    for name in ("labels", "answers"):
        one, same = study.outcomes[name].logits, other.outcomes[name].logits
        assert np.allclose(one[1], same[0], atol=1e-3)
    assert np.allclose(study.teacher_logits[1], other.teacher_logits[0],
                       atol=1e-4)  # fmt: skip


def test_the_teacher_is_compared_by_name(study):
    accuracy = [
        100 * kd.accuracy(labels, logits)
        for labels, logits in zip(study.labels, study.teacher_logits)
    ]
    assert np.allclose(study.scores("teacher"), accuracy)
    gap = study.difference("teacher", "labels")
    assert np.allclose(gap.values, accuracy - study.scores("labels"))
    assert (study.scores("teacher", "agreement") == 100).all()
    with pytest.raises(ValueError, match="unknown method 'teacher'"):
        nested({"labels": HARD}).scores("teacher")


def test_a_student_of_its_teachers_kind_does_not_start_where_it_did():
    twin = kd.Teacher(student, **FAST)
    study = nested({"labels": HARD}, teacher=twin)
    assert not np.allclose(
        study.outcomes["labels"].logits, study.teacher_logits, atol=0.1
    )


@pytest.mark.slow
def test_a_method_may_have_a_recipe_of_its_own():
    poor = recipe(few=2)
    study = nested({
        "good": kd.Method(SOFT, teacher=recipe()),
        "poor": kd.Method(SOFT, teacher=poor),
        "labels": HARD,
    }, seeds=range(6), teacher=poor)  # fmt: skip
    assert study.difference("good", "poor").mean > 3
    rows = kd.few_per_class(draw(4).train, 2, seed=4)
    alone = kd.train_replicas(
        large, rows.x, rows.y, targets=HARD, seeds=[FIRST + 4], epochs=6,
        learning_rate=0.02,
    )  # fmt: skip
    assert np.allclose(
        study.teacher_logits[4], alone.logits(draw(4).test.x)[0], atol=1e-4
    )


def test_a_recipe_may_have_a_teacher(study):
    grandchild = kd.Teacher(student, SOFT, teacher=recipe(), **FAST)
    again = nested({"labels": HARD}, teacher=grandchild)
    for place, seed in enumerate(again.seeds):
        data = draw(seed)
        told = kd.ask(by_hand(seed).model(0), data.train.x)
        alone = kd.train_replicas(
            student, data.train.x, targets=SOFT, answers=told,
            seeds=[FIRST + seed], **FAST,
        )  # fmt: skip
        assert np.allclose(
            again.teacher_logits[place],
            alone.logits(data.test.x)[0],
            atol=1e-3,
        )


def test_a_recipe_may_have_candidates():
    useless, sensible = [kd.HardTargets(weight=0)], HARD
    tuned = recipe(targets={"useless": useless, "sensible": sensible})
    study = nested({"labels": HARD}, teacher=tuned)
    plain = nested({"labels": HARD}, teacher=recipe())
    assert np.allclose(study.teacher_logits, plain.teacher_logits, atol=1e-4)


def test_each_seed_chooses_on_its_own_validation_rows():
    # Labels of the odd seeds' validation rows are moved on by one.
    def contrary(seed):
        data = draw(seed)
        moved = kd.Split(
            data.validation.x, (data.validation.y + seed % 2) % CLASSES
        )
        return kd.Dataset(
            data.name, data.train, moved, data.test, data.class_names
        )

    candidates = {
        "right": HARD,
        "wrong": [kd.HardTargets(weight=0)],
    }
    how = {"data": contrary, "seeds": [1, 2, 3, 4, 6], "epochs": 12,
           "learning_rate": 0.02}  # fmt: skip
    study = nested({"tuned": kd.Method(candidates), "right": HARD}, **how)
    outcome = study.outcomes["tuned"]
    assert outcome.chosen == ("wrong", "right", "wrong", "right", "right")
    assert outcome.choice == "right (3), wrong (2)"
    right = study.outcomes["right"].logits
    for place in (1, 3, 4):
        assert np.allclose(outcome.logits[place], right[place], atol=1e-4)
    assert not np.allclose(outcome.logits[0], right[0], atol=0.1)
    assert "right (3), wrong (2)" in str(study.table())
    row, other = study.rows()
    assert row["validation_labels"] == 60 and other["validation_labels"] == 0

    together = nested({"tuned": kd.Method(candidates)}, one_choice=True, **how)
    means = [a.mean() for a in together.outcomes["tuned"].validation.values()]
    best = ("right", "wrong")[int(np.argmax(means))]
    assert together.outcomes["tuned"].chosen == (best,) * 5


def test_few_rows_of_each_class_by_the_seed():
    def own(split, seed):
        return kd.few_per_class(split, 4, seed=seed)

    study = nested(
        {
            "few": HARD,
            "function": kd.Method(HARD, train=own),
            "two": kd.Method(HARD, few=2),
            "all": kd.Method(HARD, train="all"),
        },
        few=4, steps=20,
    )  # fmt: skip
    logits = {name: o.logits for name, o in study.outcomes.items()}
    assert np.array_equal(logits["few"], logits["function"])
    everything = nested({"all": HARD}, steps=20).outcomes["all"].logits
    assert np.allclose(logits["all"], everything, atol=1e-5)
    two = nested({"two": HARD}, few=2, steps=20).outcomes["two"].logits
    assert np.allclose(logits["two"], two, atol=1e-5)


def test_few_validation_rows_choose():
    """Each seed's two of a class, and no others; the tests stay whole."""
    candidates = {"a": HARD, "b": [kd.HardTargets(label_smoothing=0.5)]}
    study = nested({"tuned": kd.Method(candidates)}, few=4, few_validation=2,
                   steps=20)  # fmt: skip
    assert study.validation_labels == 2 * CLASSES
    assert study.rows()[0]["validation_labels"] == 2 * CLASSES
    whole = nested({"a": HARD}, few=4, steps=20)
    assert study.labels.shape == whole.labels.shape
    for seed, place in zip(study.seeds, range(len(study.seeds))):
        rows = kd.few_per_class(draw(seed).validation, 2, seed=seed)
        assert np.bincount(rows.y).tolist() == [2] * CLASSES
        scores = [
            v[place] for v in study.outcomes["tuned"].validation.values()
        ]
        eighths = np.array(scores) * len(rows)
        assert np.allclose(eighths, np.round(eighths))  # rights of so few
    with pytest.raises(ValueError, match="class 0 has 20 examples"):
        nested({"a": HARD}, few_validation=1000)


def test_names_are_drawn_by_the_seed():
    study = kd.compare(
        {"labels": HARD},
        lambda: kd.mlp((8, 8, 1), 10, hidden=(4,)),
        "digits", seeds=[2, 7], steps=1,
    )  # fmt: skip
    for labels, seed in zip(study.labels, study.seeds):
        assert np.array_equal(labels, kd.load_data(seed=seed).test.y)


# what is remembered, and what is not


@pytest.fixture
def trainings(monkeypatch):
    """Which builders were trained, in order."""
    seen = []
    original = experiment.train_replicas

    def counted(build, *arguments, **options):
        seen.append(build)
        return original(build, *arguments, **options)

    monkeypatch.setattr(experiment, "train_replicas", counted)
    monkeypatch.setattr(experiment, "_TRAINED", {})
    return seen


def test_teachers_train_side_by_side_and_once(trainings):
    methods = {
        "one": SOFT,
        "two": kd.Method(SOFT, few=3),
        "labels": HARD,
        "same": kd.Method(SOFT, teacher=recipe()),
        "longer": kd.Method(SOFT, teacher=recipe(epochs=7)),
    }
    nested(methods, teacher=recipe(), steps=2)
    assert trainings.count(large) == 2  # for two recipes, all seeds together
    nested(methods, teacher=recipe(), steps=2)
    assert trainings.count(large) == 2
    nested({"one": SOFT}, teacher=recipe(), steps=2, seeds=[3, 6])
    assert trainings.count(large) == 3


@pytest.mark.slow
def test_a_recipe_is_known_by_all_that_decides_it(trainings):
    def moved(seed):
        data = draw(seed)
        train = kd.Split(data.train.x + 1, data.train.y)
        return kd.Dataset("moved", train, data.validation, data.test,
                          data.class_names)  # fmt: skip

    width = 7

    def build():
        return kd.mlp((4,), CLASSES, hidden=(width,))

    def train(**change):
        how = {"data": draw, "teacher": kd.Teacher(build, epochs=2)} | change
        nested({"answers": SOFT}, steps=1, **how)
        return len([b for b in trainings if b is not student])

    assert train() == 1
    assert train() == 1
    assert train(data=moved) == 2
    width = 5  # the same function, another teacher
    assert train() == 3
    assert train(teacher=kd.Teacher(build, epochs=3)) == 4
    assert train(teacher=kd.Teacher(build, few=3, epochs=2)) == 5
    smoothed = [kd.HardTargets(label_smoothing=0.1)]
    assert train(teacher=kd.Teacher(build, smoothed, epochs=2)) == 6


def test_what_cannot_be_keyed_is_trained_again(trainings):
    import threading

    lock = threading.Lock()  # cannot be written down

    def build():
        with lock:
            return kd.mlp((4,), CLASSES, hidden=(5,))

    for count in (1, 2):
        nested({"a": SOFT, "b": SOFT}, steps=1,
               teacher=kd.Teacher(build, epochs=1))  # fmt: skip
        assert trainings.count(build) == count
    assert experiment._TRAINED == {}


# teachers of other kinds


def test_replicas_are_a_teacher_a_seed():
    both = kd.train_replicas(
        large, draw(0).train.x, draw(0).train.y, targets=HARD,
        seeds=[0, 1, 2, 3], epochs=3,
    )  # fmt: skip
    hint = [kd.Hint(teacher_layer="hidden_2", student_layer="hidden_1")]
    how = {"data": kd.shared(draw(0)), "steps": 5}
    fast = nested({"hint": hint}, teacher=both.take([2, 1]), **how)
    slow = nested(
        {"hint": hint}, teacher=[both.model(2), both.model(1)], **how
    )
    assert np.allclose(fast.teacher_logits, slow.teacher_logits, atol=1e-4)
    for one, other in zip(
        fast.outcomes["hint"].logits, slow.outcomes["hint"].logits
    ):
        assert np.allclose(one, other, atol=1e-3)


def test_a_function_is_a_teacher():
    def far(x):
        return 5 * np.stack([x[:, 0], x[:, 1], x[:, 2]], axis=1) - 9

    study = nested(
        {"labels": HARD, "function": SOFT}, teacher=kd.shared(far), epochs=20
    )
    assert study.interval("teacher").mean > 60
    assert study.difference("function", "labels").mean > -5


def test_a_control_changes_what_the_teacher_said():
    seen = []

    def watched(answers, split, seed):
        seen.append((seed, len(split)))
        return kd.controls.shuffled(answers, split, seed)

    study = nested(
        {"answers": SOFT, "shuffled": kd.Method(SOFT, answers=watched),
         "alone": kd.Method(SOFT, answers=lambda answers, split, seed:
                            3.0 * np.eye(CLASSES)[split.y] - 1)},
        teacher=recipe(), few=3,
    )  # fmt: skip
    assert seen == [(3, 9), (5, 9)]
    one_hot = nested(
        {"alone": kd.Method(SOFT, answers=lambda answers, split, seed:
                            3.0 * np.eye(CLASSES)[split.y] - 1)}, few=3,
    )  # fmt: skip
    assert np.allclose(
        study.outcomes["alone"].logits, one_hot.outcomes["alone"].logits,
        atol=1e-5,
    )  # fmt: skip
    assert not np.allclose(
        study.outcomes["answers"].logits, study.outcomes["shuffled"].logits
    )


def test_the_order_may_be_given_one_a_seed():
    order = np.stack([np.arange(20).reshape(2, 10) + i for i in (0, 5)])
    tuned = {"a": HARD, "b": [kd.HardTargets(label_smoothing=0.1)]}
    study = nested(
        {"given": kd.Method(tuned, options={"order": order})},
        data=kd.shared(draw(0)),
    )
    label = study.outcomes["given"].chosen[1]
    alone = kd.train_replicas(
        student, draw(0).train.x, draw(0).train.y, targets=tuned[label],
        seeds=[5], order=order[1:], learning_rate=0.01,
    )  # fmt: skip
    assert np.allclose(
        study.outcomes["given"].logits[1],
        alone.logits(draw(0).test.x)[0],
        atol=1e-5,
    )


# what is wrong


def other_classes(seed):
    data = draw(seed)
    names = ("a", "b", "c", "d") if seed == 5 else data.class_names
    return kd.Dataset("x", data.train, data.validation, data.test, names)


def other_shape(seed):
    data = draw(seed)
    if seed != 5:
        return data
    parts = [kd.Split(p.x[:, :3], p.y)
             for p in (data.train, data.validation, data.test)]  # fmt: skip
    return kd.Dataset("x", *parts, data.class_names)


def other_size(seed):
    data = draw(seed)
    return kd.Dataset("x", data.train, data.validation, blobs(60 + seed, 2),
                      data.class_names)  # fmt: skip


@pytest.mark.parametrize(
    "change, kind, message",
    [
        ({"data": draw(0)}, TypeError,
         r"data is one Dataset.*seed=seed\)\); or.*shared\(data\)"),
        ({"data": draw(0).train}, TypeError, "data gives a Split"),
        ({"data": kd.shared(draw(0).train)}, TypeError, "a Split for seed 3"),
        ({"data": [draw(0)]}, ValueError, "data has 1 entries for 2 seeds"),
        ({"data": [draw(0), None]}, TypeError, "gives None for seed 5"),
        ({"data": lambda seed: seed}, TypeError, "data gives 3 for seed 3"),
        ({"data": lambda: draw(0)}, TypeError, "cannot be called with seed=0"),
        ({"data": 7}, TypeError, "data gives 7"),
        ({"data": "digit"}, ValueError, "unknown dataset 'digit'"),
        ({"data": other_classes}, ValueError,
         "classes must be the same .* 3 for seed 3 and 4 for seed 5"),
        ({"data": other_shape}, ValueError,
         r"input shape must be .*\(4,\) for seed 3 and \(3,\) for seed 5"),
        ({"data": other_size}, ValueError,
         "test rows must be .* 63 for seed 3 and 65 for seed 5"),
        ({"teacher": large()}, TypeError,
         r"teacher is a .*Teacher\(build.*shared\(teacher\)"),
        ({"teacher": large}, TypeError, r"by accident.*Teacher\(build"),
        ({"teacher": kd.Answers.of(np.zeros((2, 4)), -np.eye(2))}, TypeError,
         "teacher is Answers, which hold for the rows"),
        ({"teacher": kd.shared(kd.Answers.of(np.zeros((2, 4)), -np.eye(2)))},
         TypeError, "teacher is Answers, which hold for the rows"),
        ({"teacher": kd.shared(recipe())}, TypeError, "teacher holds"),
        ({"teacher": [recipe(), recipe()]}, TypeError, "teacher holds"),
        ({"teacher": [None, None]}, TypeError, "teacher holds None"),
        ({"teacher": [large()] * 3}, ValueError, "3 entries for 2 seeds"),
        ({"few": 3, "train": "all"}, ValueError, "few=3 and train='all'"),
        ({"few": 99}, ValueError, "count is 99"),
        ({"train": "none"}, TypeError, r"train must be a function"),
        ({"train": lambda split, seed: split.x}, TypeError,
         "train gives .* for seed 3. It must give a Split"),
        ({"lr": 0.1}, TypeError, "unknown option 'lr'.*learning_rate"),
        ({"answers": None}, TypeError, "unknown option 'answers'"),
    ],
)  # fmt: skip
def test_what_is_neither_a_recipe_nor_shared(change, kind, message):
    call = {"teacher": recipe()} | change
    with pytest.raises(kind, match=message):
        nested({"answers": SOFT}, **call)


def test_teachers_that_diverged_are_named_by_seed():
    def wild(seed):
        data = draw(seed)
        scale = 1e36 if seed == 5 else 1.0
        train = kd.Split(data.train.x * np.float32(scale), data.train.y)
        return kd.Dataset("wild", train, data.validation, data.test,
                          data.class_names)  # fmt: skip

    with pytest.raises(
        ValueError, match=r"the teacher: logits .* for seeds \[5\]"
    ):
        nested({"answers": SOFT}, data=wild, teacher=recipe())


def test_a_recipe_needs_a_builder():
    with pytest.raises(TypeError, match=r"build must be .*shared\(model\)"):
        kd.Teacher(large())
    with pytest.raises(TypeError, match="build must be a function .* 3"):
        kd.Teacher(3)


def test_a_seed_as_large_as_any_draws_a_teacher():
    study = nested({"labels": HARD}, teacher=recipe(), seeds=[2**32 - 1, 5])
    assert np.isfinite(study.teacher_logits).all()
    keras.utils.set_random_seed(0)


def test_a_recipe_that_does_not_use_its_seed():
    one = draw(3)
    for data in (lambda seed: one, lambda seed: draw(3)):
        with pytest.raises(TypeError, match="gives seed 1 the rows of seed 0"):
            nested({"a": HARD}, data=data, seeds=[0, 1], steps=1)
    same_tests = kd.compare(
        {"a": HARD}, student,
        lambda seed: kd.Dataset(
            "own", draw(seed).train, one.validation, one.test, one.class_names
        ),
        seeds=[0, 1], steps=1,
    )  # fmt: skip
    assert np.array_equal(*same_tests.labels)
