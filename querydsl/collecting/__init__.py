"""A plan -> a SQLite file with every video, and that file -> videos, JSON Lines, CSV, Parquet, dataframes.

`wants` says what a plan asks for, `verdict` whether its expression holds for a video, `running` has workers ask what
the ledger gives them, and `collect` is one run from its beginning to its summary. `status` says what a file has day by
day; `store` reads it, `export` writes other files from it, and `arrow` makes tables of it.
"""
