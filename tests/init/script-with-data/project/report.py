from pathlib import Path

print(Path("data.csv").read_text().strip())
