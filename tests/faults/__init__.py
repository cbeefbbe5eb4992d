"""Complete runs with one injected fault each: what is reported, what the destination contains, how the run resumes."""
