import humanize


def main():
    print(humanize.ordinal(2))
