"""What the vendor's documentation allows: the rules for values, conditions, queries and requests, and their messages.

`values` checks one value; `value_sets` has the sets of values that conditions allow; `suggestions` says what to write
in place of a wrong name, with the names of `countries`. `query_rules` has the errors of conditions and queries, and
`query_warnings` their warnings. `request_rules` has those of requests, with their days and the parameter `fields`.
`validation` reads a document and finds all its problems; `schema` has the same rules as JSON Schema.
"""
