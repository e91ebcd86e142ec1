"""From an expression to the fewest queries that mean exactly the same.

A condition becomes a constraint, which is what is said of one field (`constraints`). An expression becomes its normal
form (`forms`), in which what plays the same part is written once (`factoring`), and then terms; a term is what one
query can hold (`terms`). The truth table (`truth_table`) has a row for each kind of video that the expression can tell
apart; `set_cover` looks in it for the fewest terms, and `queries` puts these steps together.
"""
