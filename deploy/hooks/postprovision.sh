#!/bin/sh
# After the resources are there: lets people sign in to the console.
set -eu
cd "$(dirname "$0")/../.."
. deploy/lib.sh

if [ "${PIPELINE_CONSOLE:-easyauth}" = none ]; then
  say "No console, so nobody signs in."
  exit 0
fi
sh deploy/entra.sh link
