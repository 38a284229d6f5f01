"""The command `mopy`. Run it with `mopy` or `python -m mopyfile`."""
