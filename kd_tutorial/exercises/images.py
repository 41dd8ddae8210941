"""Checks of the exercises on the reader without labels."""

import math

import numpy as np
from scipy.special import log_softmax

from . import Mistake, array, number, numbers

__all__ = ["columns", "labels", "logits", "views"]

HINTS = {
    "logits": (
        "Which axis are the places on, and which the characters?",
        "First the largest along the places, then the wanted columns.",
        "A probability becomes a logit by the logarithm.",
    ),
    "columns": (
        "Which of the reader's characters are among your ten classes?",
        "Logarithms of probabilities, put through a softmax, give what?",
        "Each of the ten over the sum of the ten.",
    ),
    "labels": (
        "Go through the three groups of images: did their labels decide "
        "anything?",
        "Choosing a temperature is deciding.",
    ),
    "views": (
        "How many places are there along one direction, with the one in the "
        "middle?",
        "Down and across are independent of each other.",
        "A hundred answers take a second.",
    ),
    "alphabet": (
        "Is there anything in a picture of a zero that says whether it is a "
        "letter?",
        "Count how the reader names fifty zeros of the test images.",
        "Would you want a student that learned this? For which task?",
    ),
}


def logits(answer):
    """log max over places, of the wanted columns."""
    said = np.random.default_rng(0).dirichlet(np.full(7, 0.5), size=(4, 3))
    columns = [5, 2, 3]
    got = array(answer, said, columns)
    if got.shape == (4, 3, 3):
        raise Mistake("The places are still there: take the largest of them.")
    if got.shape != (4, 3):
        raise Mistake(f"The shape must be (4, 3) here, got {got.shape}.")
    own = said[:, :, columns]  # (batch, places, classes)
    if np.allclose(got, np.log(own.max(axis=1))):
        return "Nothing was normalised: the softmax of the loss will do that."
    if np.allclose(got, own.max(axis=1)):
        raise Mistake("These are probabilities. Take their logarithm.")
    if np.allclose(got, np.log(own.mean(axis=1))):
        raise Mistake("The largest along the line, not the mean.")
    if np.allclose(got, np.log(own.sum(axis=1))):
        raise Mistake("The largest along the line, not the sum.")
    if np.allclose(got, np.log(own.max(axis=2))):
        raise Mistake("The largest over the places, the second axis.")
    if np.allclose(got, np.log(own.max(axis=1)[:, np.argsort(columns)])):
        raise Mistake("Keep the columns in the order they are given in.")
    if np.allclose(log_softmax(got, 1), log_softmax(np.log(own.max(1)), 1)):
        raise Mistake("Right but for a number a row: normalise nothing.")
    raise Mistake("The logarithm of the largest probability along the line.")


def columns(answer):
    """0.30 / (0.30 + 0.05 + 0.01)."""
    value = number(answer)
    if math.isclose(value, 0.30 / 0.36, abs_tol=0.005):
        return "The letter O takes no share: nobody asks for it."
    if math.isclose(value, 0.30, abs_tol=0.005):
        raise Mistake("The ten probabilities no longer add up to one.")
    if math.isclose(value, 0.30 / 0.96, abs_tol=0.005):
        raise Mistake("The letter O is not one of the ten columns.")
    if math.isclose(value, 0.90 / 0.96, abs_tol=0.005):
        raise Mistake("The O's share is dropped, not given to the zero.")
    if math.isclose(value, 0.60 / 0.96, abs_tol=0.005):
        raise Mistake("That is the letter's share. The digit's, please.")
    raise Mistake("The softmax of logarithms: each over their sum.")


def labels(answer):
    """The 400 that the temperature was chosen on."""
    value = number(answer)
    if value == 400:
        return (
            "A choice made with labels is learning from labels. The rival may "
            "train on them."
        )
    if value == 0:
        raise Mistake("The temperature was chosen: on what?")
    if value == 1000:
        raise Mistake("The test labels only report: nothing follows them.")
    if value in (600, 4600, 5000):
        raise Mistake("Test labels decide nothing about the student.")
    if value in (4000, 4400):
        raise Mistake("The 4,000 have no labels, only answers.")
    raise Mistake("Count the labels that decided something.")


def views(answer):
    """25 views each: 100,000 questions, 1,000 seconds."""
    asked, seconds = numbers(answer, 2)
    if asked == 36_000:
        raise Mistake("By 1 and by 2 pixels, in each sense: five places.")
    if asked in (20_000, 40_000):
        raise Mistake("Down and across are moved independently.")
    if asked == 96_000:
        raise Mistake("The image where it stood is one of the views.")
    if asked != 100_000:
        raise Mistake("Five places down times five across, for each image.")
    if seconds in (1_000_000, 1e8):
        raise Mistake("Ten milliseconds are a hundredth of a second.")
    if not math.isclose(seconds, 1000):
        raise Mistake("Questions times ten milliseconds, in seconds.")
    return "A quarter of an hour, once; every epoch could then be consistent."
