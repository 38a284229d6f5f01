from greet.text import TEXT

print(TEXT)
