"""Iterate over the responses of a web archive and read nothing of them: with_fastwarc.py FILE."""

import sys

from fastwarc.warc import ArchiveIterator, WarcRecordType

with open(sys.argv[1], "rb") as stream:
    print(sum(1 for _record in ArchiveIterator(stream, record_types=WarcRecordType.response)))
