#!/bin/sh
# login.sh CURL: one mail, as the environment says; see ../../secure_clients.py.
set -eu
scheme=smtp
case $WAY in
  default) set -- "$1" ;;
  plain) set -- "$1" --user "$LOGIN:$PASSWORD" ;;
  starttls) set -- "$1" --user "$LOGIN:$PASSWORD" --ssl-reqd --cacert "$CA" ;;
  tls) scheme=smtps && set -- "$1" --user "$LOGIN:$PASSWORD" --cacert "$CA" ;;
esac
printf 'From: %s\r\nTo: %s\r\nSubject: curl\r\n\r\nHello\r\n' "$SENDER" "$RECIPIENT" |
  "$@" --silent --show-error --max-time 30 --url "$scheme://$HOST:$PORT" --mail-from "$SENDER" --mail-rcpt "$RECIPIENT" \
    --upload-file -
