"""From an expression to the fewest queries that mean exactly the same, and from queries and days to requests.

A condition becomes a constraint, which is what is said of one field (`constraints`). An expression becomes its normal
form and terms; a term is what one query can hold (`terms`). The truth table (`truth_table`) has a row for each kind of
video that the expression can tell apart; `set_cover` looks in it for the fewest terms, and `queries` puts these steps
together. `days` decides an expression's own conditions on create_date for each day, `windows` cuts the days that leave
the same, `plan` makes the requests, and `explain` says a plan in words.
"""
