"""Arithmetic, functions and distributions that give the same bits in CPython and in Numba, on every platform."""
