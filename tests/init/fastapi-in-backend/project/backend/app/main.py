from fastapi import FastAPI

from .text import TEXT

app = FastAPI()


@app.get('/')
def index():
    return TEXT
