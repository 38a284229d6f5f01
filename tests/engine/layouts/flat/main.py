import importlib.metadata

import tabulate

names = sorted(found.name for found in importlib.metadata.distributions())
print("flat", tabulate.__name__, names)
