// The program, as a custom handler on Flex Consumption, and its settings (docs/settings.md).
param name string
param planName string
param location string
param tags object
param runtimeName string
param runtimeVersion string
param instanceMemoryMB int
param maximumInstanceCount int
param subnetId string
param identityId string
param identityName string
param identityClientId string
param telemetryConnection string
param storageName string
param deploymentContainerUrl string
param payloadContainerUrl string
param checkpointBlobUrl string
param serviceBusHost string
param databaseHost string
param databaseName string
param databasePoolSize int
param vaultUrl string
param searchUrl string
param searchSemantic bool
param entraClientId string
param entraTenantId string
param console string
param stage string
param logOrigin string
param otlpEndpoint string

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: runtimeName
        version: runtimeVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
    }
  }
}

// Nobody deploys with a password.
resource noFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noScm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

var host = {
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsDisableHomepage: 'true'
  ServiceBus__fullyQualifiedNamespace: serviceBusHost
  ServiceBus__credential: 'managedidentity'
  ServiceBus__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
}

var program = {
  // The package is mounted read-only; nothing that has to last is kept here.
  PIPELINE_HOME: '/tmp/pipeline'
  AZURE_CLIENT_ID: identityClientId
  ConnectionStrings__Ledger: 'Host=${databaseHost};Database=${databaseName};Username=${identityName};SSL Mode=VerifyFull;Maximum Pool Size=${databasePoolSize}'
  Database__Auth: 'entra'
  // The hook after a deployment migrates, so that instances that start at the same time do not.
  Database__Migrate: 'never'
  Payloads__Container: payloadContainerUrl
  Keys__Vault: vaultUrl
  Log__Checkpoint: checkpointBlobUrl
  Identity__Issuer: '${environment().authentication.loginEndpoint}${entraTenantId}/v2.0'
  // In tokens of version 2 the audience is the client id.
  Identity__Audience: entraClientId
  Identity__Tenant: entraTenantId
  Identity__Console: console
  Pipeline__Stage: stage
}

var search = empty(searchUrl) ? {} : {
  Search__Endpoint: searchUrl
  Search__Semantic: searchSemantic ? 'true' : 'false'
}

var log = empty(logOrigin) ? {} : {
  Log__Origin: logOrigin
}

var telemetry = empty(otlpEndpoint) ? {} : {
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
}

// Easy Auth proves who it is to Entra by the program's identity, where it would else need a client secret.
var signIn = console == 'easyauth' ? {
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId
  WEBSITE_AUTH_AAD_ALLOWED_TENANTS: entraTenantId
} : {}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: union(host, program, search, log, telemetry, signIn)
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
