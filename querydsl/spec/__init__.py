"""What the vendor's documentation allows: the rules for values, conditions, queries and requests, and their messages.

`values` judges one value, `value_sets` are the values that a condition allows, `suggestions` say what to write instead
of a wrong name, with what `countries` are called; `query_rules` judge conditions and queries, and `query_warnings` say
what is allowed there and hardly meant; `request_rules` judge requests with their days and the parameter `fields`;
`validation` reads a document and finds all its problems, and `schema` is the same as JSON Schema.
"""
