"""Whether an expression holds for a video at home: `meaning` is what each field's condition says of a video,
`letter_case` how texts are compared, and `predicate` the function made of an expression.
"""
