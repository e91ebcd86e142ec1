"""A file that `collect` has made -> what it has day by day, its videos, other files, dataframes, and a report on it.

`status` says what became of each day. `arrow` makes tables and dataframes, and `export` writes other files. For a
report, `counting` counts videos in SQL, `charts` draws them, `pages` writes Markdown and HTML, and `report` says what
goes in. `store` is the whole as a user has it. Nothing here needs a network.
"""
