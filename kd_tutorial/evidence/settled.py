"""Whether more steps would change what a study found."""

from .intervals import Difference


def more_steps(study, metric, baseline) -> list[dict]:
    """What `Study.settled` gives, see there."""
    if study.half is None or study.double is None:
        raise ValueError(
            "this study has no students of half and double the steps. Pass "
            "settled=True to compare."
        )
    baseline = baseline or next(iter(study.outcomes))
    if study.interval(baseline, metric).unit != "points":
        raise ValueError(
            f"metric {metric!r} is not measured in points, of which one "
            "decides what has settled. Use 'accuracy'."
        )

    def shown(name, some):
        if name == baseline:
            return some.interval(name, metric)
        return some.difference(name, baseline, metric)

    rows = []
    for name in study.outcomes:
        half, full, double = (
            shown(name, some) for some in (study.half, study, study.double)
        )
        own = study.double.scores(name, metric) - study.scores(name, metric)
        change = Difference(own, "points")
        gap = Difference(double.values - full.values, "points")
        rows.append(
            {
                "method": name,
                "half": half,
                "full": full,
                "double": double,
                "change": change,
                "difference_change": gap,
                "verdict": _verdict(change, gap),
            }  # fmt: skip
        )
    return rows


def _verdict(*changes) -> str:
    unsettled = [c for c in changes if not -1 < c.low <= c.high < 1]
    if not unsettled:
        return "settled"
    moving = any(c.low > 0 or c.high < 0 for c in unsettled)
    return "still moving" if moving else "open"


def short(interval) -> str:
    """An interval without unit and n, as tables show it."""
    sign = "+" if isinstance(interval, Difference) else ""
    mean, low, high = (
        f"{value:{sign}.2f}"
        for value in (interval.mean, interval.low, interval.high)
    )
    return f"{mean} [{low}, {high}]"
