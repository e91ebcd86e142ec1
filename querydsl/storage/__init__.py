"""The SQLite file that a collection is kept in: what stands in it, and how it is written.

`columns` says what each field is in a file, `rows` what a video becomes there, and `file_format` is the file itself;
`lock` holds it for one process. `pages` keeps the videos of a page, `searches` what became of each search, and
`catalogue` the collections and their names, `counts` how many videos each has of a day; `writer` does all of it in
transactions.
"""
