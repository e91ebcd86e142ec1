"""From an expression to the fewest queries that mean exactly the same.

A condition becomes a constraint on one field (`constraints`). An expression becomes its normal form (`forms`), which
writes values that play the same part once (`factoring`). The normal form becomes terms; one query can hold one term
(`terms`). The truth table (`truth_table`) has a row for each kind of video that the expression can tell apart.
`implicants` knows which sets of rows are a term, `set_cover` looks for the fewest terms, `overlap` makes them share
fewer rows, and `queries` runs these steps in order.
"""
