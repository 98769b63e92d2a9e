// The platform signs people in to the console. It lets every other request through: the program reads bearer tokens itself,
// route by route. (Paths excluded from a sign-in that is demanded everywhere would do it, too, but whether the platform takes
// its own headers off a request on an excluded path is nowhere promised.)
param appName string
param isEnabled bool
param clientId string
param tenantId string

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource signIn 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: isEnabled
      runtimeVersion: '~1'
    }
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
    }
    httpSettings: {
      requireHttps: true
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: isEnabled
        registration: {
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenantId}/v2.0'
          clientId: clientId
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
        }
        validation: {
          allowedAudiences: [
            clientId
            'api://${clientId}'
          ]
        }
      }
    }
    login: {
      // The program needs to know who it is and nothing of theirs: no tokens are kept.
      tokenStore: {
        enabled: false
      }
    }
  }
}
