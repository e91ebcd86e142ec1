"""Whether an expression holds for a video at home: `meaning` is what each field's condition says of a video,
`letter_case` how texts are compared, `video_values` what a video must have in a field, `predicate` the function made of
an expression, and `verdict` what it says of a video that the API has found.
"""
