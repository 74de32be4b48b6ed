"""Which elements of a page a reader sees, by their attributes and styles and by the page's own style sheets.

In: style sheets, tags and attributes. Out: whether an element is seen, and what a style adds, turns or moves.
"""
