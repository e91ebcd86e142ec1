"""From an expression to the fewest queries that mean exactly the same, and from queries and days to requests.

`constraints` is what is said of one field, `terms` what one query can hold, `truth_table` all videos that an
expression can tell apart, `set_cover` the search for the fewest terms, and `queries` puts these together. `plan` cuts
the days into windows, and `explain` says a plan in words.
"""
