import type { RateLimits } from '@portcullis/authorization-server';
import type { GatewayConfig } from './config/gateway-config.js';

/** The limits of the authorization server, by what the configuration says of each. All of them: none is left to its own default. */
export function configuredRateLimits(limits: GatewayConfig['rateLimits']): RateLimits {
  return {
    signInPerAccount: perMinute('sign_in_account', limits.signInPerAccountPerMinute),
    signInPerNetwork: perMinute('sign_in_network', limits.signInPerNetworkPerMinute),
    tokenPerCredential: perMinute('token', limits.tokenPerMinute),
    clientAuthenticationFailures: perMinute(
      'client_authentication_failures',
      limits.clientAuthenticationFailuresPerMinute,
    ),
    introspectionPerResourceServer: perMinute('introspection', limits.introspectionPerMinute),
    registrationPerNetwork: perMinute('registration', limits.registrationPerMinute),
    registrationManagement: perMinute('registration_management', limits.registrationManagementPerMinute),
    authorizationRequestsPerClient: perMinute('authorization_requests', limits.authorizationRequestsPerMinute),
    userCodeFailures: perTenMinutes('user_code_failures', limits.userCodeFailuresPerTenMinutes),
    userCodeFailuresPerNetwork: perTenMinutes(
      'user_code_failures_per_network',
      limits.userCodeFailuresPerNetworkPerTenMinutes,
    ),
    clientKeysPerNetwork: perMinute('client_keys', limits.clientKeysPerMinute),
    metadataDocumentPerNetwork: perMinute('metadata_document', limits.metadataDocumentPerMinute),
  };
}

function perMinute(name: string, points: number) {
  return { name, points, windowSeconds: 60 };
}

function perTenMinutes(name: string, points: number) {
  return { name, points, windowSeconds: 600 };
}
