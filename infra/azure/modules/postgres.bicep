// The ledger's database. Entra tokens only: there is no password to leak or to rotate.
param name string
param location string
param tags object
param version string
param sku string
param tier string
param storageGB int
param backupDays int
param isZoneRedundant bool
param isPrivate bool
param identityPrincipalId string
param identityName string
param administratorId string
param administratorName string
param administratorType string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
    tier: tier
  }
  properties: {
    version: version
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    storage: {
      storageSizeGB: storageGB
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: backupDays
      geoRedundantBackup: 'Disabled'
    }
    highAvailability: {
      mode: isZoneRedundant ? 'ZoneRedundant' : 'Disabled'
    }
    network: {
      publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: 'ledger'
  properties: {
    charset: 'UTF8'
    // Ordinal comparisons, as in the embedded server that the tests run on.
    collation: 'C'
  }
}

// Without a network of their own the instances come from addresses that nobody can list: let Azure in, and ask each for a token.
resource fromAzure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = if (!isPrivate) {
  parent: server
  name: 'AllowAllAzureServices'
  properties: {
    startIpAddress: '0.0.0.0'
    endIpAddress: '0.0.0.0'
  }
  dependsOn: [
    database
  ]
}

// The server changes one thing at a time, hence the chain. The program makes its own roles when it migrates (docs/security.md).
resource program 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: identityPrincipalId
  properties: {
    principalName: identityName
    principalType: 'ServicePrincipal'
    tenantId: tenant().tenantId
  }
  dependsOn: [
    database
    fromAzure
  ]
}

resource person 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = if (!empty(administratorId)) {
  parent: server
  name: empty(administratorId) ? 'nobody' : administratorId
  properties: {
    principalName: administratorName
    principalType: administratorType
    tenantId: tenant().tenantId
  }
  dependsOn: [
    program
  ]
}

output id string = server.id
output host string = server.properties.fullyQualifiedDomainName
output databaseName string = database.name
