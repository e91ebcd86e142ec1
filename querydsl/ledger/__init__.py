"""What a collection file knows of each query and day, and what to ask next: decisions over values, without I/O.

`days` are sets of days, and `rests` the queries of days. `standing` has the state of each day. `headway` computes what
a search that ended early has covered. `run_state` is what a file keeps of a run until it ends. `recovery` splits a
window that failed into parts. `agenda` lists what a run has to ask, `queues` holds what is left of it, and `driver`
decides which search is next.
"""
