#!/bin/sh
# The Entra application whose tokens the program accepts: the four roles, who has them, and the console's sign-in.
# No secret is made: the program proves itself by its managed identity.
#
#   deploy/entra.sh create               makes or completes the application of this azd environment, and makes you its Admin
#   deploy/entra.sh grant OBJECT_ID ROLE gives a role (Emitter, Reader, Auditor, Admin) to a user, a group or a service principal
#   deploy/entra.sh link                 after provisioning: the console's redirect address and the managed identity (a hook does it)
#   deploy/entra.sh delete               deletes the application
set -eu
cd "$(dirname "$0")/.."
. deploy/lib.sh

graph=https://graph.microsoft.com/v1.0
# Azure CLI and azd, which people get their tokens with.
azure_cli=04b07795-8ddb-461a-bbee-02f9e1bf7b46
# Ids within the application; they say nothing to anybody else.
scope_id=5b7c9d0e-3a41-4f0c-9c52-1d8f6a2e7b10
emitter_id=0d2f6a64-6f0b-4a3e-8a57-2a1c9b7e4d01
reader_id=0d2f6a64-6f0b-4a3e-8a57-2a1c9b7e4d02
auditor_id=0d2f6a64-6f0b-4a3e-8a57-2a1c9b7e4d03
admin_id=0d2f6a64-6f0b-4a3e-8a57-2a1c9b7e4d04

azd_value() { # name: from the environment of a hook, else from azd's
  eval "value=\${$1:-}"
  if [ -z "$value" ] && command -v azd >/dev/null 2>&1; then
    value=$(azd env get-value "$1" 2>/dev/null) || value=
  fi
  printf '%s' "$value"
}

require_az() {
  need az "Install the Azure CLI: https://aka.ms/azure-cli"
  tenant=$(az account show --query tenantId --output tsv 2>/dev/null) || fail "az is not signed in: az login"
}

send() { # method, address under Graph, body
  printf '%s' "$3" >"$body"
  az rest --method "$1" --uri "$graph/$2" --headers Content-Type=application/json --body "@$body" --output none
}

require_application() {
  client=$(azd_value ENTRA_CLIENT_ID)
  is_guid "$client" || fail "ENTRA_CLIENT_ID is not set: deploy/entra.sh create"
  object=$(az ad app show --id "$client" --query id --output tsv 2>/dev/null) || fail "There is no application $client in tenant $tenant, or you may not see it."
}

require_principal() {
  principal=$(az ad sp show --id "$client" --query id --output tsv 2>/dev/null) || fail "Application $client has no service principal: deploy/entra.sh create"
}

role() { # id, name, description
  printf '{"id":"%s","value":"%s","displayName":"%s","description":"%s","isEnabled":true,"allowedMemberTypes":["User","Application"]}' "$1" "$2" "$2" "$3"
}

give() { # object id, role's id
  held=$(az rest --method GET --uri "$graph/servicePrincipals/$principal/appRoleAssignedTo?\$top=999" --query "value[?principalId=='$1' && appRoleId=='$2'] | length(@)" --output tsv)
  [ "$held" = 0 ] || return 0
  send POST "servicePrincipals/$principal/appRoleAssignedTo" "{\"principalId\":\"$1\",\"resourceId\":\"$principal\",\"appRoleId\":\"$2\"}"
}

create() {
  stage=$(azd_value AZURE_ENV_NAME)
  [ -n "$stage" ] || fail "Which environment? azd env new <name>, or set AZURE_ENV_NAME."
  name=skill-pipeline-$stage
  client=$(azd_value ENTRA_CLIENT_ID)
  if [ -z "$client" ]; then
    client=$(az ad app list --filter "displayName eq '$name'" --query '[].appId' --output tsv)
    [ "$(printf '%s\n' "$client" | wc -l)" -le 1 ] || fail "There are several applications named $name. Say which: azd env set ENTRA_CLIENT_ID <client id>"
  fi
  [ -n "$client" ] || client=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv)
  object=$(az ad app show --id "$client" --query id --output tsv)

  # Tokens of version 2: their issuer is the one that the program expects, their audience the client id.
  send PATCH "applications/$object" "{
    \"identifierUris\":[\"api://$client\"],
    \"api\":{\"requestedAccessTokenVersion\":2,\"oauth2PermissionScopes\":[{\"id\":\"$scope_id\",\"value\":\"user_impersonation\",\"type\":\"User\",\"isEnabled\":true,
      \"adminConsentDisplayName\":\"Use the skill pipeline\",\"adminConsentDescription\":\"Use the skill pipeline as the signed-in user, with their roles.\",
      \"userConsentDisplayName\":\"Use the skill pipeline\",\"userConsentDescription\":\"Use the skill pipeline as you, with your roles.\"}]},
    \"appRoles\":[$(role $emitter_id Emitter 'May send runs and outcomes.'),$(role $reader_id Reader 'May read, search and fetch skills.'),
      $(role $auditor_id Auditor 'May read everything, runs and decisions included.'),$(role $admin_id Admin 'May do everything.')]}"
  # In a request of its own: the scope has to be there first.
  send PATCH "applications/$object" "{\"api\":{\"preAuthorizedApplications\":[{\"appId\":\"$azure_cli\",\"delegatedPermissionIds\":[\"$scope_id\"]}]}}"

  principal=$(az ad sp show --id "$client" --query id --output tsv 2>/dev/null) || principal=$(az ad sp create --id "$client" --query id --output tsv)
  # Whoever has no role gets no token.
  send PATCH "servicePrincipals/$principal" '{"appRoleAssignmentRequired":true}'
  if me=$(az ad signed-in-user show --query id --output tsv 2>/dev/null); then
    give "$me" $admin_id
    say "You are an Admin of $name."
  else
    say "Nobody has a role yet: deploy/entra.sh grant OBJECT_ID Admin"
  fi
  if command -v azd >/dev/null 2>&1; then
    azd env set ENTRA_CLIENT_ID "$client"
  fi
  say "ENTRA_CLIENT_ID=$client"
}

grant() {
  is_guid "${1:-}" || fail "Whose? The object id of a user, a group or a service principal: az ad user show --id NAME --query id"
  case ${2:-} in
    Emitter) id=$emitter_id ;;
    Reader) id=$reader_id ;;
    Auditor) id=$auditor_id ;;
    Admin) id=$admin_id ;;
    *) fail "Which role? Emitter, Reader, Auditor or Admin." ;;
  esac
  require_application
  require_principal
  give "$1" $id
  say "$1 is $2. A token that was fetched before does not know it yet."
}

link() {
  url=$(azd_value PIPELINE_URL)
  [ -n "$url" ] || fail "PIPELINE_URL is not set: azd provision first."
  subject=$(azd_value PIPELINE_IDENTITY_PRINCIPAL_ID)
  is_guid "$subject" || fail "PIPELINE_IDENTITY_PRINCIPAL_ID is not set: azd provision first."
  require_application
  send PATCH "applications/$object" "{\"web\":{\"redirectUris\":[\"$url/.auth/login/aad/callback\"],\"implicitGrantSettings\":{\"enableIdTokenIssuance\":true}}}"
  credentials=applications/$object/federatedIdentityCredentials
  held=$(az rest --method GET --uri "$graph/$credentials" --query "value[?name=='pipeline'].subject | [0]" --output tsv)
  credential="{\"name\":\"pipeline\",\"issuer\":\"https://login.microsoftonline.com/$tenant/v2.0\",\"subject\":\"$subject\",\"audiences\":[\"api://AzureADTokenExchange\"]}"
  if [ -z "$held" ] || [ "$held" = None ]; then
    send POST "$credentials" "$credential"
  elif [ "$held" != "$subject" ]; then
    az rest --method DELETE --uri "$graph/$credentials/pipeline" --output none
    send POST "$credentials" "$credential"
  fi
  say "People sign in at $url/.auth/login/aad?post_login_redirect_uri=/console"
}

delete() {
  require_application
  az ad app delete --id "$client"
  say "Deleted application $client."
}

case ${1:-} in
  create | grant | link | delete) ;;
  *) fail "deploy/entra.sh create | grant OBJECT_ID ROLE | link | delete" ;;
esac
require_az
body=$(mktemp)
trap 'rm -f "$body"' EXIT
"$@"
