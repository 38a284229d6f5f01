from datetime import date

from dateutil.easter import easter
from tabulate import tabulate

year = date.today().year
print(tabulate([[y, easter(y)] for y in range(year, year + 5)], headers=["Year", "Easter"]))
