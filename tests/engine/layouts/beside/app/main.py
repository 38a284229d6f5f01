import importlib.metadata

import lib

print("beside", sorted(found.name for found in importlib.metadata.distributions()), lib.__file__)
