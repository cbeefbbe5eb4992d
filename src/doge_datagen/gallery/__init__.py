"""The models that the package ships: each a folder with its model, the page about it, and a question for SQL.

shipped: finds them, and writes one under another name.
music, sessions, funnel and so on: a folder for each model; that of the bank is beside the demo that runs it.
"""
