#!/bin/sh
# After the program is deployed: brings the database up to it, waits until it is ready, and puts the stage's skills where its
# manifest says. Each step finds nothing to do when it is done again.
set -eu
cd "$(dirname "$0")/../.."
. deploy/lib.sh

need curl "The program is asked with it whether it is ready."
server_url

# wait_for PATH: until it answers 200, at most PIPELINE_WAIT seconds.
wait_for() {
  left=${PIPELINE_WAIT:-300}
  while :; do
    status=$(curl --silent --output /dev/null --max-time 20 --write-out '%{http_code}' "$url$1" 2>/dev/null) || status=000
    [ "$status" = 200 ] && return 0
    [ "$left" -gt 0 ] || break
    pause=5
    [ "$left" -ge 5 ] || pause=$left
    sleep "$pause"
    left=$((left - pause))
  done
  case $status in
    000) said="does not answer" ;;
    *) said="answers $status" ;;
  esac
  return 1
}

say "Waiting for $url"
wait_for /healthz || fail "$url/healthz $said after ${PIPELINE_WAIT:-300} s: the program does not run. Its log: azd monitor --logs, or the log stream of the function app. To go back: azd deploy pipeline --from-package dist/pipeline-<version>.zip"

server_token
PIPELINE_SERVER=$url
export PIPELINE_SERVER

# By way of the program, which reaches the database wherever it stands; it refuses a newer major schema.
pipeline migrate apply || fail "The database was not migrated; the reason stands above. The program that was deployed waits for it. Again, when it is mended: azd hooks run postdeploy"

wait_for /readyz || fail "$url/readyz $said after ${PIPELINE_WAIT:-300} s: the program runs and is not ready. What it waits for: curl $url/readyz"

sh deploy/release.sh || fail "The program is deployed and ready; the skills' release was not applied, for the reason above. Again, when it is mended: azd hooks run postdeploy"
say "$url is ready."
