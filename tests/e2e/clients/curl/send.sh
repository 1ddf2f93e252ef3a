#!/bin/sh
# send.sh CURL HOST PORT FROM TO FILE: the file is sent as it is, so it has CRLF line ends.
set -eu
exec "$1" --silent --show-error --verbose --max-time 30 --url "smtp://$2:$3" \
  --mail-from "$4" --mail-rcpt "$5" --upload-file "$6"
