import importlib.metadata

print("package", sorted(found.name for found in importlib.metadata.distributions()))
