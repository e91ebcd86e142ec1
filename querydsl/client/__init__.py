"""Requests -> the API's answers, over HTTP: tokens, retries, paging.

`responses` reads the API's responses, `retry_policy` decides what to do after a failure, and `paging` follows a search;
none of them does I/O. `rate_limit` decides how fast calls may follow each other, and waits. `transport` posts over
urllib3, `tokens` keeps the access token, `field_spelling` learns the API's spelling of a field, and `client` combines
them. `concealing` keeps secrets out of tracebacks.
"""
