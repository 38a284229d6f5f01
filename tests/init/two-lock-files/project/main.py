import humanize

print(humanize.intcomma(1234))
