"""The small part of Python that models are written in: what is allowed, and of which type it is."""
