import click

from app import app


@click.command()
def main():
    print(app)


if __name__ == "__main__":
    main()
