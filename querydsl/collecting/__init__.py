"""A plan -> a SQLite file with every video.

`wants` turns a plan into days per query. `progress` shows the state of a run, `running` has the workers that ask what
the ledger decides, and `collect` is one run from start to summary. `first_pages` asks for the first pages of a plan's
searches, `estimation` computes the total from them, and `estimate` puts both together.
"""
