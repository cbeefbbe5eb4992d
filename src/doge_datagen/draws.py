"""Random bits as a pure function of seed, subject, step, purpose and number.

The function is Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy
as 1, 2, 3", SC 2011. The seed is its key; subject, step, purpose and number are its counter. As there is no shared
state, draws do not depend on the order in which they are made, nor on who else makes some.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy.typing as npt

Word = TypeVar("Word", int, "npt.NDArray[Any]")  # Any: NumPy's types take uint64 with a Python int for signed
"""An integer below 2**32, or a NumPy ``uint64`` array of them: the arithmetic is the same for both."""

MASK = 0xFFFFFFFF
MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10

SUBJECTS_AT_MOST = 2**32


def purpose_of(name: str) -> int:
    """A 32-bit hash of a name, which separates the draws for one purpose from those for all others.

    >>> purpose_of('walk') != purpose_of('balance')
    True
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")


def philox(key: tuple[int, int], counter: tuple[Word, Word, Word, Word]) -> tuple[Word, Word, Word, Word]:
    """Four words of 32 random bits, for a counter of four words and a key of two; arrays must have the same shape.

    >>> [f'{word:08x}' for word in philox((0, 0), (0, 0, 0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    a, b, c, d = counter
    key_0, key_1 = key
    for _ in range(ROUNDS):
        # The product of two 32-bit words has 64 bits: the upper half is mixed in, and the lower half becomes the other
        # word.
        left, right = a * MULTIPLIER_0, c * MULTIPLIER_1
        a, c = right >> 32, left >> 32
        a ^= b  # in place, since for arrays half of the time would be spent on allocating new ones
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
        step: how many draws the subject has made for this purpose before, or the tick; below 2**32.
        purpose: what the draw is for, from :func:`purpose_of`.
        number: distinguishes several draws for one purpose at one step, below 2**32.

    >>> draw(seed=42, subject=7, step=0, purpose=purpose_of('walk'), number=0)
    (10268027799234500654, 14606284698313950626)
    """
    a, b, c, d = philox((seed & MASK, seed >> 32 & MASK), (subject, step, purpose, number))
    b <<= 32
    b |= a
    d <<= 32
    d |= c
    return b, d
