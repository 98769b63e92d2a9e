// The queues between the functions. No sessions and no duplicate detection: order and the inbox are the program's own.
param name string
param location string
param tags object
@allowed(['Basic', 'Standard', 'Premium'])
param sku string
param isPrivate bool

var queues = [
  'trajectories'
  'curation'
  'seal'
  'index-updates'
  'validation-jobs'
]

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: sku == 'Premium' ? {
    name: sku
    tier: sku
    capacity: 1
  } : {
    name: sku
    tier: sku
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for queueName in queues: {
  parent: namespace
  name: queueName
  properties: {
    // The host renews the lock while a function works (host.json); five minutes is the most that a lock can be.
    lockDuration: 'PT5M'
    // As many deliveries as the local queues give a message before it is a dead letter.
    maxDeliveryCount: 10
    deadLetteringOnMessageExpiration: true
    // A message is a hint; what it is about stands in the ledger, and the sweep finds it there.
    defaultMessageTimeToLive: 'P14D'
    requiresDuplicateDetection: false
    requiresSession: false
    maxSizeInMegabytes: 1024
  }
}]

output id string = namespace.id
output name string = namespace.name
output host string = '${namespace.name}.servicebus.windows.net'
