#!/bin/sh
# secure.sh MSMTP HOST PORT FROM TO {starttls|implicit} CA FILE
set -eu
starttls=on
[ "$6" = implicit ] && starttls=off
exec "$1" --file=/dev/null --host="$2" --port="$3" --from="$4" --auth=off --tls=on --tls-starttls=$starttls \
  --tls-trust-file="$7" --timeout=30 --debug "$5" < "$8"
