"""Why a sink takes no more events: the words all sinks use."""

CLOSED = "a closed sink takes no events; make a new one"
FAILED = "takes no more events after an error; make a new sink"
