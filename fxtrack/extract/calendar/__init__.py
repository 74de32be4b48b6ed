"""In: lines beside a ticker. Out: the date of the page, or that a line shows one which is not understood.

`words` knows the names of months and weekdays, `signs` judges lines in any form and language, `dates` reads them.
"""
