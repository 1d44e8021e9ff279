"""Which request of which test got which answer, for tests/rest_coverage.py: a line each in the file BULKHEAD_RECORD, if that is set."""
import os
import re
import sys

PATH = os.environ.get("BULKHEAD_RECORD")
running = {"section": ""}  # the function of a test that support.server runs


def note(method, target, status):
    if PATH:
        with open(PATH, "a", encoding="utf-8") as file:
            file.write(f"{os.path.basename(sys.argv[0])} {running['section']} {method} {target.split('?')[0]} {status}\n")


def note_head(data, status):
    """The same of the bytes of a request."""
    found = re.match(rb"([A-Z]+) (\S+) HTTP/1\.1\r\n", data)
    if found:
        note(found.group(1).decode(), found.group(2).decode("latin-1"), status)
