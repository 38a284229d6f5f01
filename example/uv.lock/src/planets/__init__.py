"""Prints a table of the planets."""

from tabulate import tabulate

PLANETS = {"Mercury": 88, "Venus": 225, "Earth": 365, "Mars": 687}


def main():
    print(tabulate(PLANETS.items(), headers=["planet", "days in a year"]))
