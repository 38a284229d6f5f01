import humanize

print(humanize.ordinal(3))
