// An issuer of sign-ins for the tests: oidc-provider, which signs everybody in at once, and doors of
// its own under /test by which a test says who that is, changes the keys, and has tokens made that no
// decent issuer would make. With a certificate's and a key's file it speaks HTTPS, as localhost or the host named after.
// Writes {"issuer": ...} when it listens; ends with its standard input.
import { createHmac, generateKeyPairSync, sign as signBytes, createPublicKey, constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { Provider } from 'oidc-provider';

const user = { sub: 'ada', given_name: 'Ada', family_name: 'Lovelace', name: 'Lovelace, Ada', roles: ['helpers'] };
let keys, provider, handle, issuer;
let requests = { keys: 0 };

function makeKeys(generation) {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = (pair, kid, alg) => ({ ...pair.privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' });
  return {
    rsa: { pair: rsa, kid: `rsa-${generation}` },
    ec: { pair: ec, kid: `ec-${generation}` },
    stranger: { pair: generateKeyPairSync('rsa', { modulusLength: 2048 }), kid: `rsa-${generation}` },
    jwks: { keys: [jwk(rsa, `rsa-${generation}`, 'RS256'), jwk(ec, `ec-${generation}`, 'ES256')] },
  };
}

function makeProvider() {
  const client = (id, alg) => ({
    client_id: id, application_type: 'native', token_endpoint_auth_method: 'none', id_token_signed_response_alg: alg,
    redirect_uris: ['http://127.0.0.1/'], response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  });
  provider = new Provider(issuer, {
    clients: [client('qassist', 'RS256'), client('qassist-ec', 'ES256')],
    jwks: keys.jwks,
    conformIdTokenClaims: false,
    scopes: ['openid', 'profile', 'offline_access'],
    claims: { openid: ['sub'], profile: ['given_name', 'family_name', 'name', 'roles'] },
    features: { devInteractions: { enabled: false }, deviceFlow: { enabled: true } },
    pkce: { required: () => true },
    issueRefreshToken: async () => true,
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ ...user, sub: id }) }),
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile offline_access');
      await grant.save();
      return grant;
    },
    cookies: { keys: ['test'] },
    ttl: { DeviceCode: 600, AuthorizationCode: 60, IdToken: 3600, AccessToken: 3600, RefreshToken: 86400, Interaction: 600, Session: 600, Grant: 86400 },
  });
  handle = provider.callback();
}

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

// {header, claims, key: rsa | ec | stranger, how: none | hmac | a signature as text}
function makeToken({ header = {}, claims, key = 'rsa', how }) {
  const { pair, kid } = keys[key];
  const alg = header.alg ?? (how === 'none' ? 'none' : how === 'hmac' ? 'HS256' : key === 'ec' ? 'ES256' : 'RS256');
  const input = `${encode({ alg, kid, typ: 'JWT', ...header })}.${encode(claims)}`;
  if (how === 'none') return `${input}.`;
  if (how === 'hmac') {
    const secret = createPublicKey(keys.rsa.pair.privateKey).export({ type: 'spki', format: 'pem' });
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }
  if (how) return `${input}.${how}`;
  const options = alg === 'PS256'
    ? { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    : { key: pair.privateKey, dsaEncoding: 'ieee-p1363' };
  return `${input}.${signBytes('sha256', Buffer.from(input), options).toString('base64url')}`;
}

async function readBody(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text ? JSON.parse(text) : {};
}

async function answerTest(request, response) {
  const body = await readBody(request);
  let answer = {};
  if (request.url === '/test/user') Object.assign(user, body);
  else if (request.url === '/test/token') answer = { token: makeToken(body) };
  else if (request.url === '/test/rotate') { keys = makeKeys(body.generation); makeProvider(); }
  else if (request.url === '/test/requests') answer = requests;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
}

async function interact(request, response) {
  await provider.interactionFinished(request, response, { login: { accountId: user.sub }, consent: {} }, { mergeWithLastSubmission: true });
}

function answer(request, response) {
  if (request.url === '/jwks') requests.keys += 1;
  // As Entra ID describes itself where it is asked for more than one tenant.
  if (request.url === '/common/v2.0/.well-known/openid-configuration') {
    response.end(JSON.stringify({ issuer: `${issuer}/{tenantid}/v2.0`, jwks_uri: `${issuer}/jwks` }));
    return;
  }
  const work = request.url.startsWith('/test/') ? answerTest(request, response)
    : request.url.startsWith('/interaction/') ? interact(request, response)
      : handle(request, response);
  Promise.resolve(work).catch((error) => { response.statusCode = 500; response.end(String(error)); });
}

const [cert, key, host = 'localhost'] = process.argv.slice(2);
const server = cert ? https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, answer) : http.createServer(answer);
server.listen(0, '127.0.0.1', () => {
  issuer = `${cert ? `https://${host}` : 'http://127.0.0.1'}:${server.address().port}`;
  keys = makeKeys(1);
  makeProvider();
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
