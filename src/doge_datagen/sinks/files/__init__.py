"""Write batches to files; each format is one module.

``sink_kind``: the options of a target, and how a sink is opened
``formats``: format and compression by a path's extension
``format_writer``: the contract of a format
``json_lines``, ``csv``, ``parquet``, ``arrow``, ``avro``: the formats
``text_formats``: what JSON Lines and CSV share
``sink``: writes one file
``file_delivery``: a file that is complete at the end, and counts only then
``record_buffer``: gathers records and writes them in the format's preferred size
``part_file``: a file that gets its name when it is complete
``paths``: links, folders, fsync
``transactions``: commits records and position together, as parts in a folder
``run_folder``, ``run_state``, ``part_names``, ``locks``: the folder, its state, its parts, and its lock
"""
