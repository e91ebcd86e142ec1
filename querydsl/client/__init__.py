"""Requests -> the API's answers, over HTTP: tokens, retries, paging.

`responses` reads what the API sends, `retry_policy` says what to do after a failure, `paging` how a search is followed:
no I/O in any of them. `transport` posts over urllib3, by the `connections` that keep its log clean, `tokens` keeps the
access token, `taking` takes requests from whatever holds them, and `client` puts these together.
"""
