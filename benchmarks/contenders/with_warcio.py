"""Iterate over the responses of a web archive and read nothing of them, with warcio: with_warcio.py FILE."""

import sys

from warcio.archiveiterator import ArchiveIterator

with open(sys.argv[1], "rb") as file:
    print(sum(record.rec_type == "response" for record in ArchiveIterator(file)))
