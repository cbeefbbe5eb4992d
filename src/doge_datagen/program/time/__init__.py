"""When subjects leave their states: the clock and the timing of transitions, checked and translated.

In reading order:

timing: the translated timing of a model in which things happen at any moment
checks: check the clock, the time zone, and that the transitions that leave a state can compete
translation: translate when subjects leave a state and which way
"""
