"""In: addresses, with limits on size, time and redirects.

Out: responses as sent, with their bodies decoded; or one line with the reason why there is none.
"""
