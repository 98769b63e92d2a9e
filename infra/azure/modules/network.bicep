// A network in which the program reaches everything by a private address. The program's own address stays public: it is the API.
param name string
param location string
param tags object
param storageId string
param serviceBusId string
param postgresId string
param vaultId string
param searchId string

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: ['10.60.0.0/16']
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.60.0.0/24'
          // What Flex Consumption runs in.
          delegations: [
            {
              name: 'flex'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '10.60.1.0/24'
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

var endpointSubnetId = '${network.id}/subnets/endpoints'

module blob 'private-endpoint.bicep' = {
  name: 'endpoint-blob'
  params: {
    name: 'pe-blob-${name}'
    location: location
    tags: tags
    networkId: network.id
    subnetId: endpointSubnetId
    targetId: storageId
    part: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
  }
}

module table 'private-endpoint.bicep' = {
  name: 'endpoint-table'
  params: {
    name: 'pe-table-${name}'
    location: location
    tags: tags
    networkId: network.id
    subnetId: endpointSubnetId
    targetId: storageId
    part: 'table'
    zoneName: 'privatelink.table.${environment().suffixes.storage}'
  }
}

module serviceBus 'private-endpoint.bicep' = {
  name: 'endpoint-servicebus'
  params: {
    name: 'pe-servicebus-${name}'
    location: location
    tags: tags
    networkId: network.id
    subnetId: endpointSubnetId
    targetId: serviceBusId
    part: 'namespace'
    zoneName: 'privatelink.servicebus.windows.net'
  }
}

module postgres 'private-endpoint.bicep' = {
  name: 'endpoint-postgres'
  params: {
    name: 'pe-postgres-${name}'
    location: location
    tags: tags
    networkId: network.id
    subnetId: endpointSubnetId
    targetId: postgresId
    part: 'postgresqlServer'
    zoneName: 'privatelink.postgres.database.azure.com'
  }
}

module vault 'private-endpoint.bicep' = {
  name: 'endpoint-vault'
  params: {
    name: 'pe-vault-${name}'
    location: location
    tags: tags
    networkId: network.id
    subnetId: endpointSubnetId
    targetId: vaultId
    part: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
  }
}

module search 'private-endpoint.bicep' = if (!empty(searchId)) {
  name: 'endpoint-search'
  params: {
    name: 'pe-search-${name}'
    location: location
    tags: tags
    networkId: network.id
    subnetId: endpointSubnetId
    targetId: searchId
    part: 'searchService'
    zoneName: 'privatelink.search.windows.net'
  }
}

output appSubnetId string = '${network.id}/subnets/app'
