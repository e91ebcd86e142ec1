"""From an expression to the fewest queries that mean exactly the same, and from queries and days to requests.

A condition becomes a constraint, which is what is said of one field (`constraints`). An expression becomes its normal
form and terms; a term is what one query can hold (`terms`). The truth table (`truth_table`) has a row for each kind of
video that the expression can tell apart; `set_cover` looks in it for the fewest terms, and `queries` puts these steps
together. `plan` cuts the days into windows, and `explain` says a plan in words.
"""
