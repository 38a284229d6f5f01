#!/bin/sh
if [ -n "$WAIT" ]; then sleep 1; fi
exec "$@"
