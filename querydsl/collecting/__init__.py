"""A plan -> a SQLite file with every video, and that file -> videos, JSON Lines, CSV, Parquet.

`file_format` is the file, `lock` who has it, `writer` the one that writes it, `collect` what runs a plan into it;
`store` reads it, `export` writes other files from it, and `arrow` makes tables of it.
"""
