import type { LookupAddress } from 'node:dns';
import { connect, type LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkHost, guardLookup } from './host-rule.ts';

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

describe('a name that leads elsewhere when it is dialled than when it was checked', () => {
  /** As a name server that answers differently the second time. */
  const rebound =
    (...addresses: string[]): LookupFunction =>
    (_name, options, callback) => {
      const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      if (options.all === true) callback(null, found);
      else callback(null, found[0]?.address ?? '', found[0]?.family);
    };
  const dial = (lookup: LookupFunction, autoSelectFamily: boolean) =>
    new Promise<unknown>((resolve) => {
      connect({ host: 'db.example.com', port: 1, lookup, autoSelectFamily }).once('error', resolve);
    });

  it.each([true, false])('is not dialled (several addresses at once: %s)', async (all) => {
    expect(await dial(guardLookup(rebound('169.254.169.254')), all)).toMatchObject({
      name: 'EngineError',
      kind: 'refused',
    });
    expect(await dial(guardLookup(rebound('::ffff:169.254.169.254')), all)).toMatchObject({ kind: 'refused' });
  });

  it('is not dialled when only one of its addresses is forbidden', async () => {
    const lookup = guardLookup(rebound('127.0.0.1', '169.254.169.254'));
    expect(await dial(lookup, true)).toMatchObject({ kind: 'refused' });
  });

  it('is dialled where it may be', async () => {
    expect(await dial(guardLookup(rebound('127.0.0.1')), true)).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
