#!/bin/sh
# Releases skills on a stage: the last part of azd's postdeploy hook, and a command of its own.
#
#   AZURE_ENV_NAME       the stage; azd sets it
#   SKILL_RELEASE        an earlier release to go back to, by its id; without it releases/STAGE.yaml is applied
#   SKILL_MANIFEST       another manifest than releases/STAGE.yaml
#   PIPELINE_SERVER      the server's address; else PIPELINE_URL, else SERVICE_PIPELINE_URI, which the deployment gives
#   PIPELINE_TOKEN, PIPELINE_TOKEN_FILE
#                        a bearer token with the role Admin, or a file that has it
#   PIPELINE_CLI         the program; without it, it is run from source
#   DEPLOYMENT_ID        kept in the ledger; else the number of the build, else the time
#
# Ends as `pipeline release` does: 0 done (also where there was nothing to do), 1 refused, 2 misused, 3 no server, 4 no such skill, version or release.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

fail() {
  printf 'release: %s\n' "$*" >&2
  exit 2
}

stage=${AZURE_ENV_NAME:-}
[ -n "$stage" ] || fail 'AZURE_ENV_NAME is not set: it says which stage this is. azd sets it: azd hooks run postdeploy'

server=${PIPELINE_SERVER:-${PIPELINE_URL:-${SERVICE_PIPELINE_URI:-}}}
[ -n "$server" ] || fail 'PIPELINE_SERVER, PIPELINE_URL and SERVICE_PIPELINE_URI are not set, so no server is named. What the deployment gave: azd env get-values'

manifest=${SKILL_MANIFEST:-$root/releases/$stage.yaml}
if [ -z "${SKILL_RELEASE:-}" ] && [ ! -f "$manifest" ]; then
  [ -z "${SKILL_MANIFEST:-}" ] || fail "there is no file $manifest, which SKILL_MANIFEST names."
  printf 'release: there is no releases/%s.yaml, so no skills are released on %s. docs/releases.md says how to write one.\n' "$stage" "$stage" >&2
  exit 0
fi

pipeline() {
  if [ -n "${PIPELINE_CLI:-}" ]; then
    "$PIPELINE_CLI" "$@" --url "$server" --stage "$stage"
  else
    dotnet run --project "$root/functions" --configuration Release -- "$@" --url "$server" --stage "$stage"
  fi
}

commit=$(git -C "$root" rev-parse HEAD 2>/dev/null || true)
deployment=${DEPLOYMENT_ID:-${GITHUB_RUN_ID:-${BUILD_BUILDID:-$(date -u +%Y%m%dT%H%M%SZ)}}}

# What would move is shown before it does, and what is refused is refused here.
if [ -n "${SKILL_RELEASE:-}" ]; then
  pipeline release plan --to "$SKILL_RELEASE"
  pipeline release rollback "$SKILL_RELEASE" --commit "$commit" --deployment "$deployment" --reason "SKILL_RELEASE of $stage"
else
  pipeline release plan --file "$manifest"
  pipeline release apply --file "$manifest" --commit "$commit" --deployment "$deployment"
fi
