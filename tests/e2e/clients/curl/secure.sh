#!/bin/sh
# secure.sh CURL HOST PORT FROM TO {starttls|implicit} CA FILE
set -eu
scheme=smtp
[ "$6" = implicit ] && scheme=smtps
exec "$1" --silent --show-error --verbose --max-time 30 --url "$scheme://$2:$3" --ssl-reqd --cacert "$7" \
  --mail-from "$4" --mail-rcpt "$5" --upload-file "$8"
