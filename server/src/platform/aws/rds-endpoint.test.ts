import { describe, expect, it } from 'vitest';
import { partitionOf, readRdsEndpoint } from './rds-endpoint.ts';

describe('the name of an RDS endpoint', () => {
  it.each([
    ['shop.cluster-c9akciq32.eu-central-1.rds.amazonaws.com', 'cluster', 'eu-central-1'],
    ['SHOP.Cluster-C9akciq32.EU-CENTRAL-1.rds.amazonaws.com.', 'cluster', 'eu-central-1'],
    ['shop.cluster-ro-c9akciq32.us-east-1.rds.amazonaws.com', 'reader', 'us-east-1'],
    ['reports.cluster-custom-c9akciq32.us-east-1.rds.amazonaws.com', 'custom', 'us-east-1'],
    ['shop-1.c9akciq32.ap-southeast-2.rds.amazonaws.com', 'instance', 'ap-southeast-2'],
    ['front.proxy-c9akciq32.us-gov-west-1.rds.amazonaws.com', 'proxy', 'us-gov-west-1'],
    ['read.endpoint.proxy-c9akciq32.us-east-1.rds.amazonaws.com', 'proxy', 'us-east-1'],
    ['shop.c9akciq32.rds.cn-north-1.amazonaws.com.cn', 'instance', 'cn-north-1'],
    ['shop.global-c9akciq32.global.rds.amazonaws.com', 'cluster', null],
    ['db.example.com', 'other', null],
    ['127.0.0.1', 'other', null],
    ['shop.cluster-c9.eu-central-1.rds.amazonaws.com.evil.example', 'other', null],
    ['eu-central-1.rds.amazonaws.com', 'other', null],
  ])('%s is %s in %s', (host, kind, region) => {
    expect(readRdsEndpoint(host)).toEqual({ kind, region });
  });

  it('leads to the partition', () => {
    expect(['eu-central-1', 'cn-north-1', 'us-gov-west-1'].map(partitionOf)).toEqual(['aws', 'aws-cn', 'aws-us-gov']);
  });
});
