import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AwsKeys } from './aws-keys.ts';
import { checkCaller } from './caller-check.ts';

const keys = new AwsKeys({ accessKeyId: 'AKIATIDEGATECALLER01', secretAccessKey: 'x', sessionToken: 'y' });
let answer: { status: number; body: string; date?: string };
let asked: string[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.sendDate = answer.date === undefined;
    if (answer.date !== undefined) response.setHeader('date', answer.date);
    response.statusCode = answer.status;
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
});

const check = () => {
  const { port } = server.address() as AddressInfo;
  return checkCaller(keys, 'eu-central-1', { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}` });
};
const refusal = (code: string, message = 'No.') =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

test('says who the credentials are, and how far the clock is off', async () => {
  const arn = 'arn:aws:iam::123456789012:user/tidegate';
  const date = new Date(Date.now() + 10 * 60_000).toUTCString();
  answer = { status: 200, body: `<GetCallerIdentityResponse><Arn>${arn}</Arn></GetCallerIdentityResponse>`, date };
  const found = await check();
  expect(found).toMatchObject({ fault: null, arn });
  expect(found.clockAheadMs).toBeLessThan(-9 * 60_000);
  const query = new URL(`http://x${asked[0]}`).searchParams;
  expect(query.get('Action')).toBe('GetCallerIdentity');
  expect(query.get('X-Amz-Credential')).toContain('/eu-central-1/sts/aws4_request');
});

test.each([
  ['ExpiredToken', 'No.', 'credentials_expired'],
  ['InvalidClientTokenId', 'No.', 'credentials_invalid'],
  ['SignatureDoesNotMatch', 'The request signature we calculated does not match.', 'credentials_invalid'],
  ['SignatureDoesNotMatch', 'Signature expired: 20260101T000000Z is now earlier than …', 'clock_skew'],
  ['RequestTimeTooSkewed', 'No.', 'clock_skew'],
])('%s (%s) is %s', async (code, message, kind) => {
  answer = { status: 403, body: refusal(code, message) };
  expect((await check()).fault).toMatchObject({ kind });
});

test('draws no conclusion from an answer that it does not know', async () => {
  answer = { status: 500, body: '<html>gateway</html>' };
  expect(await check()).toMatchObject({ fault: null, arn: null });
});
