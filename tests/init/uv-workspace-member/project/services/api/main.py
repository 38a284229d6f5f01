from bottle import Bottle

app = Bottle()


@app.get("/health")
def health():
    return "fine"
