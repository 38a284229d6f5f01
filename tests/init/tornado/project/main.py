import asyncio

import tornado.web


class Index(tornado.web.RequestHandler):
    def get(self):
        self.write('Hello')


async def main():
    tornado.web.Application([('/', Index)]).listen(9002)
    await asyncio.Event().wait()


asyncio.run(main())
