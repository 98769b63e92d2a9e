#!/bin/sh
# Before anything is made in Azure: is all there that will be needed?
set -eu
cd "$(dirname "$0")/../.."
. deploy/lib.sh

need dotnet "Install the .NET 10 SDK: https://dotnet.microsoft.com/download"
case $(dotnet --version 2>/dev/null || true) in
  1[0-9].*) ;;
  *) fail "The program is built with the .NET 10 SDK; dotnet --version says '$(dotnet --version 2>/dev/null || true)'." ;;
esac
need curl "The hook after the deployment asks the program with it whether it is ready."

stage=${AZURE_ENV_NAME:-}
printf '%s' "$stage" | grep -Eq '^[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$' ||
  fail "AZURE_ENV_NAME is '$stage'. The name of an environment is the stage's, too: up to 40 letters, digits and dashes."

is_guid "${ENTRA_CLIENT_ID:-}" ||
  fail "ENTRA_CLIENT_ID is not set: nothing is deployed that would answer without a token. Run deploy/entra.sh create, or: azd env set ENTRA_CLIENT_ID <client id of an application with the roles of docs/deploy.md>."

case ${PIPELINE_CONSOLE:-easyauth} in
  easyauth) need az "Signing in to the console needs a redirect address in the Entra application, which the hook after provisioning sets with it (https://aka.ms/azure-cli). Without a console: azd env set PIPELINE_CONSOLE none" ;;
  none) ;;
  *) fail "PIPELINE_CONSOLE is '$PIPELINE_CONSOLE': easyauth or none." ;;
esac

for name in PIPELINE_VNET PIPELINE_SEARCH PIPELINE_SEARCH_SEMANTIC PIPELINE_VAULT_PURGE_PROTECTION PIPELINE_POSTGRES_ZONE_REDUNDANT; do
  eval "value=\${$name:-}"
  case $value in
    '' | true | false) ;;
    *) fail "$name is '$value': true or false." ;;
  esac
done

if [ "${PIPELINE_POSTGRES_ZONE_REDUNDANT:-false}" = true ] && [ "${PIPELINE_POSTGRES_TIER:-Burstable}" = Burstable ]; then
  fail "PIPELINE_POSTGRES_ZONE_REDUNDANT needs PIPELINE_POSTGRES_TIER GeneralPurpose or MemoryOptimized, and a PIPELINE_POSTGRES_SKU of it."
fi
if [ -n "${PIPELINE_DATABASE_ADMIN_ID:-}" ] && [ -z "${PIPELINE_DATABASE_ADMIN_NAME:-}" ]; then
  fail "PIPELINE_DATABASE_ADMIN_ID is set and PIPELINE_DATABASE_ADMIN_NAME is not: PostgreSQL wants the name of the person or group, too."
fi
if [ "${PIPELINE_VNET:-false}" = true ]; then
  say "With a virtual network Service Bus is Premium, some 670 US dollars a month (docs/deploy.md)."
fi
say "Ready to provision $stage."
