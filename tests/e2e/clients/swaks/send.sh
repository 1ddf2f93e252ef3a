#!/bin/sh
# send.sh SWAKS HOST PORT FROM TO FILE SUBJECT: a mail with raw UTF-8 in its header and one attachment.
set -eu
exec "$1" --server "$2" --port "$3" --from "$4" --to "$5" --timeout 30 --header "Subject: $7" \
  --body "A body by swaks" --attach-type application/zip --attach-name report.zip --attach "@$6"
