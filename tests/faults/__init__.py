"""One fault each, made on purpose in a whole run: what is reported, what is at the place, and how the run goes on."""
