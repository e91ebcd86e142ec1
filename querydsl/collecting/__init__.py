"""A plan -> a SQLite file with every video, and that file -> videos, JSON Lines, CSV, Parquet.

`columns` says what each field is in a file, `rows` what a video becomes there, and `file_format` is the file itself.
`lock` holds it, `writer` writes it, and `collect` runs a plan into it; `store` reads it, `export` writes other files
from it, and `arrow` makes tables of it.
"""
