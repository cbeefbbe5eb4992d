"""Runs that are killed again and again, with their servers too: in the end every place has what an unbroken run has."""
