def main():
    print("core")
