from lib import TEXT


def main():
    print(TEXT)


if __name__ == "__main__":
    main()
