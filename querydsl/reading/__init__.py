"""A file that `collect` has made -> what it has day by day, its videos, other files, dataframes, and a report on it.

`status` has the state of each day. `arrow` makes tables and dataframes, and `export` writes other files. For a report,
`counting` counts videos in SQL, `charts` draws them, `pages` writes Markdown and HTML, and `report` decides the
contents. `store` is the interface for users. Nothing here needs a network.
"""
