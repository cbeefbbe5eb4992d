"""Write batches to files; each format is a writer in a module of its own, unless it shares most with another.

``sink_kind``: the options of a target, and how a sink is opened
``formats``: format and compression by a path's extension
``format_writer``: the contract of a format
``text_formats``, ``parquet``, ``arrow``, ``avro``: the formats; JSON Lines and CSV are text
``sink``: writes one file
``record_buffer``: gathers records and writes them in the format's preferred size
``part_file``: a file that gets its name when it is complete, and counts only then
``paths``: links, folders, fsync, and whether a file is still the one that was opened
``transactions``: commits records and position together, as parts in a folder
``run_folder``, ``locks``: the folder, its state, the names of its parts, and its lock
"""
