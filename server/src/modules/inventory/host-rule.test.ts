import { describe, expect, it } from 'vitest';
import { checkHost } from './host-rule.ts';

const refusal = { code: 'instance.host_refused' };
const leadsTo =
  (...addresses: string[]) =>
  async () =>
    addresses;

describe('the host of an instance', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'FD00:EC2::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    '100.100.100.200',
    'metadata.google.internal',
    'METADATA.google.internal.',
    'instance-data',
  ])('refuses %s', async (host) => {
    await expect(checkHost(host)).rejects.toMatchObject(refusal);
  });

  it.each(['2852039166', '0xA9FEA9FE', '0251.0376.0251.0376'])(
    'refuses %s, another spelling of a metadata address, as the machine understands it',
    async (host) => {
      await expect(checkHost(host)).rejects.toMatchObject(refusal);
    },
  );

  it('refuses a name as soon as one of its addresses is a metadata service', async () => {
    await expect(checkHost('db.example.com', leadsTo('10.0.0.5', '169.254.169.254'))).rejects.toMatchObject(refusal);
    await expect(checkHost('db.example.com', leadsTo('fe80::1%2'))).rejects.toMatchObject(refusal);
  });

  it.each(['../run/postgresql', 'run/postgresql', 'a b', 'user@host', 'host/path', 'a,b', '@abstract'])(
    'refuses %s, which is neither a name nor an absolute path',
    async (host) => {
      await expect(checkHost(host)).rejects.toMatchObject(refusal);
    },
  );

  it('allows private networks, the machine itself, absolute sockets, and names that do not resolve', async () => {
    await checkHost('127.0.0.1');
    await checkHost('::1');
    await checkHost('10.1.2.3');
    await checkHost('fd00:1::5');
    await checkHost('/var/run/postgresql');
    await checkHost('db.example.com', leadsTo('192.168.1.10'));
    await checkHost('db.example.com', async () => {
      throw new Error('no such name');
    });
  });
});
