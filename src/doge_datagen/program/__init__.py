"""Check a spec and translate it to a program, which both engines run.

Reading order:

checks: check that the parts of a model fit together
translation: translate every expression and action of a spec
string_domains: find all strings that each attribute can ever hold
program: the translated model
"""
