"""A file that `collect` has made -> what it has day by day, its videos, JSON Lines, CSV, Parquet, dataframes.

`verdict` says whether a collection's expression holds for a video, and `status` what became of each day. `export`
writes other files, `arrow` makes tables, and `store` is the whole as a user has it. Nothing here needs a network.
"""
