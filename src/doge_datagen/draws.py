"""Randomness as a function: the same seed, subject, step, purpose and number give the same bits, whoever asks and when.

The function is Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy
as 1, 2, 3", SC 2011. The seed is its key; subject, step, purpose and number are its counter.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy.typing as npt

Word = TypeVar("Word", int, "npt.NDArray[Any]")  # Any: NumPy's types take uint64 with a Python int for signed
"""An integer below 2**32, or a NumPy ``uint64`` array of them: the arithmetic is the same, so one code serves both."""

MASK = 0xFFFFFFFF
MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10

SUBJECTS_AT_MOST = 2**32


def purpose_of(name: str) -> int:
    """The 32 bits that keep the draws of one name apart from those of every other name.

    >>> purpose_of('walk') != purpose_of('balance')
    True
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")


def philox(key: tuple[int, int], counter: tuple[Word, Word, Word, Word]) -> tuple[Word, Word, Word, Word]:
    """Four words of 32 random bits for a counter of four words under a key of two; arrays are of one shape.

    >>> [f'{word:08x}' for word in philox((0, 0), (0, 0, 0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    a, b, c, d = counter
    key_0, key_1 = key
    for _ in range(ROUNDS):
        left, right = a * MULTIPLIER_0, c * MULTIPLIER_1
        a, c = right >> 32, left >> 32
        a ^= b  # in place, where the words are arrays: half of the time goes into making new ones
        a ^= key_0
        c ^= d
        c ^= key_1
        right &= MASK
        left &= MASK
        b, d = right, left
        key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    return a, b, c, d


def draw(seed: int, subject: Word, step: Word, purpose: Word, number: Word) -> tuple[Word, Word]:
    """Two independent integers of 64 random bits each.

    Args:
        seed: 64 bits.
        subject: the subject's index in its population, below 2**32.
        step: how many times this was left to chance for this subject before, below 2**32.
        purpose: what the draw is for, from :func:`purpose_of`.
        number: tells the draws of one purpose at one step apart, below 2**32.

    >>> draw(seed=42, subject=7, step=0, purpose=purpose_of('walk'), number=0)
    (10268027799234500654, 14606284698313950626)
    """
    a, b, c, d = philox((seed & MASK, seed >> 32 & MASK), (subject, step, purpose, number))
    b <<= 32
    b |= a
    d <<= 32
    d |= c
    return b, d
