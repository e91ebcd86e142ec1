"""What a collection file knows of each query and day, and what to ask next: decisions over values, no I/O, no clock.

`days` are sets of days, `rests` the queries of days, `standing` says what became of each day, `headway` what a search
that ended early has covered, `recovery` in which parts a window that failed is asked, `agenda` what a run has to ask,
and `driver` which search is asked next.
"""
