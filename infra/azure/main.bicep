// What `azd up` makes: one resource group with everything in it. Access is by identity alone; no key, no password.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Name of the azd environment. It is the stage, too: releases/<name>.yaml pins its skills.')
param environmentName string

@minLength(1)
@description('Region of everything. It must have the Flex Consumption plan.')
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('Client id of the Entra application whose tokens are accepted (deploy/entra.sh makes it).')
@minLength(36)
@maxLength(36)
param entraClientId string

@description('Tenant whose tokens are accepted.')
param entraTenantId string = tenant().tenantId

@description('How people sign in to the console: by the platform (Easy Auth), or not at all.')
@allowed(['easyauth', 'none'])
param console string = 'easyauth'

@description('Runtime of the Functions host. The program is a custom handler and brings its own .NET.')
param runtimeName string = 'custom'
param runtimeVersion string = '1.0'

@description('Memory of an instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances of all functions together. Each takes up to databasePoolSize connections.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Connections to PostgreSQL that one instance may hold.')
@minValue(5)
@maxValue(100)
param databasePoolSize int = 10

@description('A virtual network with private endpoints. Makes Service Bus Premium, whatever serviceBusSku says.')
param vnetEnabled bool = false

@description('Basic has no base charge, Standard has more operations in its price.')
@allowed(['Basic', 'Standard', 'Premium'])
param serviceBusSku string = 'Standard'

@description('Redundancy of the storage account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Major version of PostgreSQL.')
@allowed(['15', '16', '17', '18'])
param postgresVersion string = '17'

@description('B1ms is cheaper, but its 35 connections are few for instances of seven functions.')
param postgresSku string = 'Standard_B2s'

@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param postgresTier string = 'Burstable'

@minValue(32)
param postgresStorageGB int = 32

@minValue(7)
@maxValue(35)
param postgresBackupDays int = 14

@description('A second database server in another zone. Not for Burstable.')
param postgresZoneRedundant bool = false

@description('Object id, name and kind of a person or group that may administer the database, beside the program. Empty: nobody.')
param databaseAdministratorId string = ''
param databaseAdministratorName string = ''
@allowed(['User', 'Group', 'ServicePrincipal'])
param databaseAdministratorType string = 'Group'

@description('Azure AI Search instead of the index in memory.')
param searchEnabled bool = false

@allowed(['basic', 'standard', 'standard2', 'standard3'])
param searchSku string = 'basic'

@description('The semantic ranker goes over the best hits.')
param searchSemantic bool = false

@description('Keeps the vault from being purged. Its master key is what makes runs readable: leave it on where they matter.')
param vaultPurgeProtection bool = true

@description('Name of the log. Empty: one of its own.')
param logOrigin string = ''

@description('Where traces and metrics go by OTLP. Empty: nowhere.')
param otlpEndpoint string = ''

@description('Days that the platform keeps logs.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most gigabytes of logs a day; the rest is dropped. -1: no limit.')
param logDailyGB int = 1

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}
var appName = 'func-pipeline-${token}'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-pipeline-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-pipeline-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-pipeline-${token}'
    componentName: 'appi-pipeline-${token}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyGB: logDailyGB
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    sku: storageSku
    isPrivate: vnetEnabled
  }
}

module serviceBus 'modules/servicebus.bicep' = {
  name: 'servicebus'
  scope: group
  params: {
    name: 'sb-pipeline-${token}'
    location: location
    tags: tags
    // Private endpoints need Premium.
    sku: vnetEnabled ? 'Premium' : serviceBusSku
    isPrivate: vnetEnabled
  }
}

module postgres 'modules/postgres.bicep' = {
  name: 'postgres'
  scope: group
  params: {
    name: 'psql-pipeline-${token}'
    location: location
    tags: tags
    version: postgresVersion
    sku: postgresSku
    tier: postgresTier
    storageGB: postgresStorageGB
    backupDays: postgresBackupDays
    isZoneRedundant: postgresZoneRedundant
    isPrivate: vnetEnabled
    identityPrincipalId: identity.outputs.principalId
    identityName: identity.outputs.name
    administratorId: databaseAdministratorId
    administratorName: databaseAdministratorName
    administratorType: databaseAdministratorType
  }
}

module vault 'modules/keyvault.bicep' = {
  name: 'keyvault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    purgeProtection: vaultPurgeProtection
    isPrivate: vnetEnabled
  }
}

module search 'modules/search.bicep' = if (searchEnabled) {
  name: 'search'
  scope: group
  params: {
    name: 'srch-pipeline-${token}'
    location: location
    tags: tags
    sku: searchSku
    semantic: searchSemantic
    isPrivate: vnetEnabled
  }
}

module network 'modules/network.bicep' = if (vnetEnabled) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-pipeline-${token}'
    location: location
    tags: tags
    storageId: storage.outputs.id
    serviceBusId: serviceBus.outputs.id
    postgresId: postgres.outputs.id
    vaultId: vault.outputs.id
    searchId: searchEnabled ? search!.outputs.id : ''
  }
}

module access 'modules/rbac.bicep' = {
  name: 'rbac'
  scope: group
  params: {
    principalId: identity.outputs.principalId
    storageName: storage.outputs.name
    serviceBusName: serviceBus.outputs.name
    vaultName: vault.outputs.name
    componentName: monitoring.outputs.componentName
    searchName: searchEnabled ? search!.outputs.name : ''
  }
}

module app 'modules/functionapp.bicep' = {
  name: 'functionapp'
  scope: group
  params: {
    name: appName
    planName: 'plan-pipeline-${token}'
    location: location
    tags: union(tags, { 'azd-service-name': 'pipeline' })
    runtimeName: runtimeName
    runtimeVersion: runtimeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    subnetId: vnetEnabled ? network!.outputs.appSubnetId : ''
    identityId: identity.outputs.id
    identityName: identity.outputs.name
    identityClientId: identity.outputs.clientId
    telemetryConnection: monitoring.outputs.connectionString
    storageName: storage.outputs.name
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    payloadContainerUrl: storage.outputs.payloadContainerUrl
    checkpointBlobUrl: storage.outputs.checkpointBlobUrl
    serviceBusHost: serviceBus.outputs.host
    databaseHost: postgres.outputs.host
    databaseName: postgres.outputs.databaseName
    databasePoolSize: databasePoolSize
    vaultUrl: vault.outputs.url
    searchUrl: searchEnabled ? search!.outputs.url : ''
    searchSemantic: searchSemantic
    entraClientId: entraClientId
    entraTenantId: entraTenantId
    console: console
    stage: environmentName
    logOrigin: logOrigin
    otlpEndpoint: otlpEndpoint
  }
  // The host opens its storage as soon as it starts.
  dependsOn: [
    access
  ]
}

module consoleSignIn 'modules/console-signin.bicep' = {
  name: 'console-signin'
  scope: group
  params: {
    appName: app.outputs.name
    isEnabled: console == 'easyauth'
    clientId: entraClientId
    tenantId: entraTenantId
  }
}

// What the hooks read: azd keeps outputs in its environment.
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_TENANT_ID string = entraTenantId
output PIPELINE_URL string = app.outputs.url
output SERVICE_PIPELINE_URI string = app.outputs.url
output SERVICE_PIPELINE_NAME string = app.outputs.name
output PIPELINE_AUDIENCE string = 'api://${entraClientId}'
output PIPELINE_CONSOLE string = console
output PIPELINE_VNET bool = vnetEnabled
output PIPELINE_IDENTITY_NAME string = identity.outputs.name
output PIPELINE_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output PIPELINE_DATABASE_HOST string = postgres.outputs.host
output PIPELINE_DATABASE_NAME string = postgres.outputs.databaseName
output PIPELINE_SERVICEBUS_HOST string = serviceBus.outputs.host
output PIPELINE_VAULT_URL string = vault.outputs.url
