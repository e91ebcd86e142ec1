"""What a collection file knows of each query and day, and what to ask next: decisions over values, without I/O.

`days` are sets of days, and `rests` the queries of days. `standing` has the state of each day. `headway` computes what
a search that ended early has covered. `recovery` splits a window that failed into parts. `agenda` lists what a run has
to ask, and `driver` decides which search is next.
"""
