"""The language: field objects whose comparisons make conditions, and expressions of conditions, in Python or as text.

`comparisons` has the spelling of each comparison; `walks` visits each shared part once; `expressions` has conditions
and their combinations; `negation` moves every "not" down to the conditions. `fields` has the objects that users
compare. `scanner` makes a text safe to parse, `value_lists` reads files of values, and `parser` turns a text into an
expression.
"""
