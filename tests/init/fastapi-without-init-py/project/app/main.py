from fastapi import FastAPI

from app.core.config import TITLE

app = FastAPI(title=TITLE)


@app.get('/healthz')
async def healthz():
    return TITLE
