#!/bin/sh
# send.sh MSMTP HOST PORT FROM TO FILE: as sendmail, the mail on standard input with LF line ends.
set -eu
exec "$1" --file=/dev/null --host="$2" --port="$3" --from="$4" --auth=off --tls=off --timeout=30 --debug "$5" < "$6"
