"""The SQLite file of a collection: its tables, and how they are written.

`columns` maps each field to a column, `rows` makes the row of a video, and `file_format` describes the file. `lock`
reserves the file for one process. `pages` stores the videos of a page, `searches` the result of each search,
`catalogue` the collections and their names, and `counts` the number of videos per collection and day. `writer` does all
of this in transactions.
"""
