"""The language: field objects whose comparisons make conditions, and expressions of conditions, in Python or as text.

`comparisons` says how each comparison is written, `walks` looks at each shared part once, `expressions` has conditions
and what combines them, `negation` takes every "not" down to the conditions, `fields` are the objects that users
compare, `scanner` makes a text safe to parse, `value_lists` reads files of values, and `parser` makes an expression of
it all.
"""
