"""Says a number in words: python big.py 1200000"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["humanize"]
# ///

import sys

import humanize

print(humanize.intword(sys.argv[1] if len(sys.argv) > 1 else 7_900_000_000))
