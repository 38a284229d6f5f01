"""Not a server:

app = FastAPI()
"""
# app = Flask(__name__)
TEXT = "app = Flask(__name__)"
print(len(TEXT))
