"""Requests -> the API's answers, over HTTP: tokens, retries, paging.

`responses` reads what the API sends, `retry_policy` says what to do after a failure, `paging` how a search is followed:
no I/O in any of them. `rate_limit` says how fast calls may follow each other, and waits. `transport` posts over
urllib3, `tokens` keeps the access token, `field_spelling` learns how the API spells a field, and `client` puts these
together. `concealing` keeps secrets out of tracebacks.
"""
