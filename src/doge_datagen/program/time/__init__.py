"""When subjects leave their states: the clock and the timing of transitions, checked and translated.

In reading order:

timing: the translated timing of a model in which things happen at any moment
checks: check that the transitions that leave a state can compete with each other
translation: translate when subjects leave a state and which way
clock_checks: check the clock and the time zone
matrix_places: where in a matrix the problems of its cells are
"""
