"""Random numbers that depend on their name alone: pure functions of (seed, channel, run, step, actor, name).

Philox 4x32-10 is a keyed mixing of a counter, so a number is looked up, not drawn from a stream: any block
size, order or number of workers gives the same bits, one run can be replayed alone, a new region leaves the
draws of the others as they were, and, since the policy is not in the key, every policy meets the same luck.
What the numbers are used for is left to the callers; there is no other source of randomness in the package.

Key words: seed, channel. Counter words: run, step, actor, name. Actor, name and channel enter as a hash of
their text, not as a position in a list.

Source: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3 (SC11)."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

WORD = 2**32
_LOW = np.uint64(WORD - 1)
_SHIFT = np.uint64(32)
_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_KEY_STEPS = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_ROUNDS = 10
_MAX_STRATA = 2**24  # past this a stratum is too narrow for its jitter to stay inside after rounding


def philox(counter: Iterable[ArrayLike], key: Iterable[ArrayLike]) -> tuple[NDArray[np.uint64], ...]:
    """Four 32-bit words for four counter words and two key words, all broadcast against each other.

    Words are held in uint64, since the product of two of them needs 64 bits. Arrays of different shape are
    widened only where the rounds mix them, which makes the first rounds of a broad call cheap."""
    c0, c1, c2, c3 = (np.asarray(word, dtype=np.uint64) for word in counter)
    k0, k1 = (np.asarray(word, dtype=np.uint64) for word in key)
    for number in range(_ROUNDS):
        if number:
            k0, k1 = (k0 + _KEY_STEPS[0]) & _LOW, (k1 + _KEY_STEPS[1]) & _LOW
        product0, product2 = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (product2 >> _SHIFT) ^ c1 ^ k0,
            product2 & _LOW,
            (product0 >> _SHIFT) ^ c3 ^ k1,
            product0 & _LOW,
        )
    return c0, c1, c2, c3


@lru_cache(maxsize=65536)
def text_word(text: str) -> int:
    """The 32-bit word that stands for a text: the same on every machine and in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "little")


def uniform(
    seed: int, channel: str, run: ArrayLike, step: ArrayLike, actor: ArrayLike, names: ArrayLike
) -> NDArray[np.float64]:
    """Uniform numbers strictly between 0 and 1.

    Parameters
    ----------
    seed : 0 to 2**32 - 1
    channel : what the numbers are for, such as "agenda" or "choice"
    run, step : whole numbers or arrays of them, 0 to 2**32 - 1
    actor, names : texts or arrays of texts

    Returns
    -------
    value : the broadcast shape of run, step, actor and names, 1; for [run, candidate] pass run as [run, 1]"""
    words = _words(seed, channel, run, step, actor, names)
    return _fraction(words[0], words[1])


def normal(
    seed: int, channel: str, run: ArrayLike, step: ArrayLike, actor: ArrayLike, names: ArrayLike
) -> NDArray[np.float64]:
    """Standard normal numbers: the normal quantile of `uniform` with the same arguments."""
    return ndtri(uniform(seed, channel, run, step, actor, names))


def lhs(seed: int, names: Iterable[str], runs: int) -> dict[str, NDArray[np.float64]]:
    """A Latin hypercube: for each name a number in (0, 1) a run, exactly one in each of `runs` equal strata.

    A column depends on (seed, name, runs) only: adding, leaving out or reordering names leaves the others as
    they were. A run's stratum is the rank of its keyed uniform; a second one places it inside the stratum.

    Source: McKay, Beckman & Conover (1979), Technometrics 21(2)."""
    names = list(names)
    if not 1 <= runs <= _MAX_STRATA:
        raise ValueError(f"runs is {runs}; a Latin hypercube needs 1 to {_MAX_STRATA}")
    _text_words(names)  # two names that share a key would share a column: refuse them here, together
    run = np.arange(runs)
    return {name: _column(seed, name, run) for name in names}


def _column(seed: int, name: str, run: NDArray[np.int64]) -> NDArray[np.float64]:
    order = np.argsort(uniform(seed, "lhs.stratum", run, 0, "", name), kind="stable")
    stratum = np.empty(len(run))
    stratum[order] = run
    # 24 bits of jitter, half a grid step off both edges: rounding the sum and the quotient keeps the stratum
    jitter = (_words(seed, "lhs.jitter", run, 0, "", name)[0] >> np.uint64(8)) + 0.5
    return (stratum + jitter / 2**24) / len(run)


def _words(seed, channel, run, step, actor, names) -> tuple[NDArray[np.uint64], ...]:
    key = _whole("seed", seed), text_word(channel)
    return philox((_whole("run", run), _whole("step", step), _text_words(actor), _text_words(names)), key)


def _fraction(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.float64]:
    """52 bits and a half: with 53 the largest would round to 1, whose quantile is infinite."""
    bits = (high >> np.uint64(6)) << np.uint64(26) | low >> np.uint64(6)
    return (bits + 0.5) / 2.0**52


def _whole(what: str, value: ArrayLike) -> NDArray[np.uint64]:
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{what} is {value!r}; must be a whole number")
    if array.size and (array.min() < 0 or array.max() >= WORD):
        raise ValueError(f"{what} has values from {array.min()} to {array.max()}; must be within 0 to {WORD - 1}")
    return array.astype(np.uint64)


def _text_words(texts: ArrayLike) -> NDArray[np.uint64]:
    if isinstance(texts, str):
        return np.uint64(text_word(texts))
    array = np.asarray(texts)
    flat = [str(text) for text in array.ravel()]
    words = [text_word(text) for text in flat]
    if len(set(words)) != len(set(flat)):
        text_of = dict(zip(words, flat, strict=True))
        first, second = next((t, text_of[w]) for t, w in zip(flat, words, strict=True) if text_of[w] != t)
        raise ValueError(f"the names {first!r} and {second!r} have the same key, so the same luck; rename one of them")
    return np.array(words, dtype=np.uint64).reshape(array.shape)
