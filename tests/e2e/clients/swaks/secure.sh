#!/bin/sh
# secure.sh SWAKS HOST PORT FROM TO {starttls|implicit} CA FILE
set -eu
how=--tls
[ "$6" = implicit ] && how=--tls-on-connect
exec "$1" --server "$2" --port "$3" --from "$4" --to "$5" --timeout 30 "$how" --tls-verify --tls-ca-path "$7" \
  --data "@$8"
