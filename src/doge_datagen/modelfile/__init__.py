"""Model files to values and back, with the place of everything that is wrong."""
