"""From an expression to the fewest queries that mean exactly the same.

A condition becomes a constraint, which is what is said of one field (`constraints`). An expression becomes its normal
form (`forms`), in which what plays the same part is written once (`factoring`), and then terms; a term is what one
query can hold (`terms`). The truth table (`truth_table`) has a row for each kind of video that the expression can tell
apart. `implicants` knows which sets of its rows are a term, `set_cover` looks for the fewest of them, `overlap` makes
these share fewer rows, and `queries` puts these steps together.
"""
