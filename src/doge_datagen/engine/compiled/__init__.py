"""The compiled engine: generates a kernel for a model, compiles it with Numba, and runs it over subjects as columns.

In reading order:

- engine: the engine: windows, batches and checkpoints.
- kernel_runner: runs a model's kernel over all subjects, on several threads.
- kernel_source: generates the source code of a model's kernel.
- recording_source: the part of it that records events.
- timed_kernel_source: the same for models in which things happen at any moment.
- subject_columns: what is kept of each subject, and rows for those who come and go.
- philox_source: generates the source code that makes draws for many subjects at once.
- numba_functions: the compiled functions that kernels call.
- generated_module: makes a module of a kernel's source code.
- code_cache: keeps compiled code on disk.
- workers: threads that share the parts of a job.
- event_buffers: the buffers that kernels record events in, and the ranges of subjects that threads take.
- event_order: puts the events of a window in order, and keeps early ones for later windows.
- counting_sort: sorts the events of a window by time, where they were recorded in the order of subjects.
- moment_sort: sorts the events of a window by moment and subject, in whatever order they were recorded.
- text_kernels: converts integers and indexes to Arrow strings.
"""
