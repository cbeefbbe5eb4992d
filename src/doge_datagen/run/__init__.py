"""Events handed to sinks, and the account of what arrived."""
