// Azure AI Search. The program makes the index; the definition is code.
param name string
param location string
param tags object
param sku string
param semantic bool
param isPrivate bool

resource search 'Microsoft.Search/searchServices@2025-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    replicaCount: 1
    partitionCount: 1
    hostingMode: 'Default'
    disableLocalAuth: true
    semanticSearch: semantic ? 'standard' : 'disabled'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

output id string = search.id
output name string = search.name
output url string = 'https://${search.name}.search.windows.net'
