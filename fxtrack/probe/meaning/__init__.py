"""In: the words and figures around a page's rates. Out: whether they are understood.

An entry is suggested only where each word in a place that bears meaning is in the vocabulary, and where the rates are
possible beside each other.
"""
