import { EngineError, type TokenAccounts, type TokenSignIn } from '../../engines/engine.ts';
import { readRdsEndpoint } from '../../platform/aws/rds-endpoint.ts';
import { makeRdsToken, type TokenPlace } from '../../platform/aws/rds-token.ts';
import { baseTarget, type ConnectionMethod, type MethodSettings } from '../connection-method.ts';
import { readForm, settingsOf, tokenPlaceOf } from './aws-iam-settings.ts';
import { type AwsGround, awsGround, CredentialSources, type InstanceCredentials } from './credential-sources.ts';
import { Explanations } from './explanations.ts';
import { fromFault } from './from-fault.ts';

const tokenAccounts: TokenAccounts = {
  mysql: { plugin: 'AWSAuthenticationPlugin', as: 'RDS' },
  postgresRole: 'rds_iam',
};

/**
 * Amazon RDS and Aurora, by IAM: no password is kept anywhere. A token is made here for each physical connection and
 * sent inside TLS that was verified to the endpoint's name.
 */
export function createAwsIamMethod(ground: AwsGround = awsGround): ConnectionMethod {
  const sources = new CredentialSources(ground);
  const explanations = new Explanations(ground);
  return {
    read: (form, kept) => ({ ...readForm(form, kept), tlsMode: 'verify-full' }),
    target: (connection, targetGround) => {
      const { host, port, user, engine, tlsCa: ca } = connection;
      const settings = settingsOf(connection.settings);
      const place = tokenPlaceOf(settings, { host, port });
      if (place === null) throw new EngineError('region_mismatch', 'The region of the instance is not known.');
      const credentials = sources.of(settings, place.region, targetGround.title, connection.secret);
      const tokens: TokenSignIn = {
        token: async (name) => await tokenOf(place, name, credentials, ground),
        accounts: settings.accountSignIn === 'iam' ? tokenAccounts : null,
        explain: async (error, name) => await explanations.explain(error, { engine, name, place, credentials }),
      };
      // A tunnel's or an own name is not in the certificate of the endpoint that the token is for.
      const names = [...new Set([place.host, host])];
      return {
        ...baseTarget(connection, targetGround),
        password: () => tokens.token(user),
        tokens,
        tls: { mode: 'verify-full', ca, names },
      };
    },
    hasTokenAccounts: (settings) => settingsOf(settings).accountSignIn === 'iam',
    view: (settings, host) => ({ awsIam: viewOf(settings, host) }),
  };
}

async function tokenOf(
  place: TokenPlace,
  user: string,
  credentials: InstanceCredentials,
  { now }: AwsGround,
): Promise<string> {
  const { region } = readRdsEndpoint(place.host);
  if (region !== null && region !== place.region) {
    throw new EngineError(
      'region_mismatch',
      `The endpoint is in ${region}, and the region is set to ${place.region}.`,
      {
        hint: `Choose ${region}, or leave the region to be read from the host.`,
      },
    );
  }
  try {
    return makeRdsToken(place, user, await credentials.current(), new Date(now()));
  } catch (error) {
    throw fromFault(error);
  }
}

function viewOf(kept: MethodSettings, host: string) {
  const settings = settingsOf(kept);
  const { tokenHost, tokenPort, accountSignIn, credentials } = settings;
  const region = settings.region ?? readRdsEndpoint(tokenHost ?? host).region ?? '';
  return { region, isRegionGiven: settings.region !== null, tokenHost, tokenPort, accountSignIn, credentials };
}
