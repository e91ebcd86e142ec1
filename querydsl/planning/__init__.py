"""From an expression and days to requests: the queries of each day, cut into windows.

`days` decides the days first: what is left of an expression on each. `windows` cuts days into as few spans as the API
takes. `wider` makes one query in place of several, which finds more. `explain` says a plan in words, `plan` has the
fluent form and the plan itself, and `requests_of` takes requests from whatever holds them.
"""
