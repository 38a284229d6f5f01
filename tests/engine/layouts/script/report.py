"""A report."""

# /// script
# dependencies = ["tabulate"]
# ///

import importlib.metadata

print("script", sorted(found.name for found in importlib.metadata.distributions()))
