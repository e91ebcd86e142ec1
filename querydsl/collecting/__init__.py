"""A plan -> a SQLite file with every video.

`wants` says what a plan asks for, `running` has workers ask what the ledger gives them, and `collect` is one run from
its beginning to its summary.
"""
