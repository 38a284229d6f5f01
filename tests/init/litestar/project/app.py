from litestar import Litestar, get


@get('/')
async def index() -> str:
    return 'Hello'


app = Litestar([index])
