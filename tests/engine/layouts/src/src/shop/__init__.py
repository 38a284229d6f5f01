import importlib.metadata


def main():
    print("src", sorted(found.name for found in importlib.metadata.distributions()), __file__)
