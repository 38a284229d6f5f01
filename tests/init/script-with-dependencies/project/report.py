# /// script
# requires-python = ">=3.12"
# dependencies = ["humanize"]
# ///
import humanize

print(humanize.intcomma(12345))
