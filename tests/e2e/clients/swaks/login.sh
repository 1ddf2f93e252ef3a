#!/bin/sh
# login.sh SWAKS: one mail, as the environment says; see ../../secure_clients.py.
set -eu
case $WAY in
  default) set -- "$1" ;;
  plain) set -- "$1" ;;
  starttls) set -- "$1" --tls --tls-verify --tls-ca-path "$CA" ;;
  tls) set -- "$1" --tls-on-connect --tls-verify --tls-ca-path "$CA" ;;
esac
[ "$WAY" = default ] || set -- "$@" --auth --auth-user "$LOGIN" --auth-password "$PASSWORD"
exec "$@" --server "$HOST" --port "$PORT" --from "$SENDER" --to "$RECIPIENT" --timeout 30 --header "Subject: swaks"
