"""What the vendor's documentation allows: the rules for values, conditions, queries and requests, and their messages.

`values` judges one value, `value_sets` are the values that a condition allows, `suggestions` what to write instead of a
wrong name, `rules` the errors of a document, `json_text` how text becomes a document, `validation` all problems of it,
and `schema` the same rules as JSON Schema.
"""
