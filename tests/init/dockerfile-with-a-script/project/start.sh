#!/bin/sh
set -e
# the server
exec uvicorn main:app --host 127.0.0.1 --port 8000
