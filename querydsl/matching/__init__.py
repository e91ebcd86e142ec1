"""Whether an expression holds for a video, without asking the API.

`meaning` has the meaning of a condition for each field, `letter_case` the comparison of texts, and `video_values` reads
the value of a field from a video. `predicate` makes a function from an expression, and `verdict` applies it to videos
that the API has returned.
"""
