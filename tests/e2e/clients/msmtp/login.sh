#!/bin/sh
# login.sh MSMTP: one mail, as the environment says; see ../../secure_clients.py.
set -eu
case $WAY in
  default) set -- "$1" ;;
  plain) set -- "$1" --tls=off ;;
  starttls) set -- "$1" --tls=on --tls-starttls=on --tls-trust-file="$CA" ;;
  tls) set -- "$1" --tls=on --tls-starttls=off --tls-trust-file="$CA" ;;
esac
# shellcheck disable=SC2016 # msmtp has the password asked for by a shell of its own
[ "$WAY" = default ] || set -- "$@" --auth=on --user="$LOGIN" --passwordeval='printf %s "$PASSWORD"'
printf 'From: %s\nTo: %s\nSubject: msmtp\n\nHello\n' "$SENDER" "$RECIPIENT" |
  "$@" --host="$HOST" --port="$PORT" --from="$SENDER" --timeout=30 "$RECIPIENT"
