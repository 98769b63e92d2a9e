# What the hooks have in common. Read with `.`, from the repository's root.

# dotnet greets whoever it sees for the first time, in the middle of what it is asked for.
export DOTNET_NOLOGO=1

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

need() { # program, what for and where from
  command -v "$1" >/dev/null 2>&1 || fail "$1 is not on the PATH. $2"
}

is_guid() {
  printf '%s' "$1" | grep -Eq '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'
}

# Sets `url`, where the deployed program answers. A token is only ever sent there, so it must be https, but on this machine.
server_url() {
  url=${PIPELINE_URL:-${SERVICE_PIPELINE_URI:-}}
  url=${url%/}
  [ -n "$url" ] || fail "PIPELINE_URL is not set. It is an output of the deployment: run this by azd (azd hooks run postdeploy), after azd provision."
  case $url in
    https://*) ;;
    http://127.0.0.1 | http://127.0.0.1[:/]* | http://localhost | http://localhost[:/]*) ;;
    *) fail "PIPELINE_URL is $url: a token is sent there, so it must begin with https://." ;;
  esac
}

# Exports a bearer token for the program, unless there is one. On this machine none is needed.
server_token() {
  [ -z "${PIPELINE_TOKEN:-}${PIPELINE_TOKEN_FILE:-}" ] || return 0
  case $url in http://*) return 0 ;; esac
  audience=${PIPELINE_AUDIENCE:-}
  [ -n "$audience" ] || fail "PIPELINE_AUDIENCE is not set. It is an output of the deployment; or give a token yourself, in PIPELINE_TOKEN or PIPELINE_TOKEN_FILE."
  if command -v azd >/dev/null 2>&1 && token=$(azd auth token --scope "$audience/.default" --output json 2>/dev/null); then
    token=$(printf '%s' "$token" | tr -d '\n' | sed -n 's/.*"token"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p')
  elif command -v az >/dev/null 2>&1; then
    token=$(az account get-access-token --scope "$audience/.default" --query accessToken --output tsv 2>/dev/null) || token=
  else
    token=
  fi
  [ -n "$token" ] || fail "No token for $audience. Sign in (azd auth login, or az login) as somebody with the app role Admin: deploy/entra.sh grant OBJECT_ID Admin gives it. Or set PIPELINE_TOKEN."
  PIPELINE_TOKEN=$token
  export PIPELINE_TOKEN
}

# Runs the command line of this checkout.
pipeline() {
  if [ -n "${PIPELINE_CLI:-}" ]; then
    "$PIPELINE_CLI" "$@"
  else
    dotnet run --project functions --configuration Release -- "$@"
  fi
}
