import os


def greet() -> str:
    return os.environ["GREETING"]
