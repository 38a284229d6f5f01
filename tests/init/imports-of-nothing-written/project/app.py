import json

import requests
from flask import Flask
from shop_internal_tools import x

app = Flask(__name__)
