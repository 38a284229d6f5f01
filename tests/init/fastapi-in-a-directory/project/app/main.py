import settings
from fastapi import FastAPI

app = FastAPI(title=settings.TITLE)


@app.get('/')
async def index():
    return settings.TITLE
