from sanic import Sanic
from sanic.response import text

app = Sanic('shop')


@app.get('/')
async def index(request):
    return text('Hello')
