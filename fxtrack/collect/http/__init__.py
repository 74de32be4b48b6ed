"""In: addresses, with limits on size, time and redirects.

Out: responses as they were sent, with their bodies decoded; or one line that says why there is none.
"""
