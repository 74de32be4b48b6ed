"""Count the lines with a rate in the responses of a web archive, read with FastWARC: grep_fastwarc.py FILE."""

import re
import sys

from fastwarc.warc import ArchiveIterator, WarcRecordType

QUOTE = re.compile(rb"[A-Z]{3}/[A-Z]{3} = [0-9]+\.[0-9]+")

with open(sys.argv[1], "rb") as stream:
    responses = ArchiveIterator(stream, record_types=WarcRecordType.response)
    print(sum(len(QUOTE.findall(record.reader.read())) for record in responses))
