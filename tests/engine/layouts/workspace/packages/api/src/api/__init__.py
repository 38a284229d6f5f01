import importlib.metadata

import core


def main():
    print("workspace", sorted(found.name for found in importlib.metadata.distributions()), core.__name__)
