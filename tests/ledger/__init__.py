"""The decisions of the ledger, compared with a model of the API and of the file: no sockets, no SQL, no clock."""
