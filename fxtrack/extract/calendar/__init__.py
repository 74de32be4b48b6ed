"""In: a line. Out: whether it shows a date, in any form and language.

`words` knows the names of months and weekdays, `signs` judges lines.
"""
