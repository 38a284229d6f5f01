import os

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def index():
    return os.environ["APP_GREETING"]
