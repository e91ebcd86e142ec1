"""From an expression and days to requests: the queries of each day, cut into windows.

`days` decides the days first: it finds the rest of the expression for each day. `windows` cuts days into as few spans
as the API allows. `wider` makes one query, which finds more, in place of several. `explain` describes a plan in words.
`plan` has the fluent form and the plan itself, and `requests_of` takes requests from any input.
"""
