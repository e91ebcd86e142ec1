"""The ledger's decisions, held against a model of the API and of the file: no sockets, no SQL, no clock."""
