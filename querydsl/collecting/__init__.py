"""A plan -> a SQLite file with every video.

`wants` says what a plan asks for, `progress` how far a run is, `running` has workers ask what the ledger gives them,
and `collect` is one run from its beginning to its summary. `estimation` says what was seen of some searches of a plan
in numbers for all of it, and `estimate` asks for their first pages.
"""
