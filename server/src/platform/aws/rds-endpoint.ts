export type EndpointKind = 'cluster' | 'reader' | 'custom' | 'instance' | 'proxy' | 'other';

export interface RdsEndpoint {
  readonly kind: EndpointKind;
  /** Null where the name does not tell it: a name of one's own, an address, a global endpoint. */
  readonly region: string | null;
}

const region = '[a-z]{2,4}(?:-[a-z]+)+-\\d{1,2}';
const standard = new RegExp(`^[a-z0-9-]+\\.(.+)\\.(${region})\\.rds\\.amazonaws\\.com(?:\\.cn)?$`);
/** The regions of China have the service before the region. */
const chinese = new RegExp(`^[a-z0-9-]+\\.(.+)\\.rds\\.(${region})\\.amazonaws\\.com\\.cn$`);
const global = /^[a-z0-9-]+\.global-[a-z0-9]+\.global\.rds\.amazonaws\.com$/;

/** What the name of an endpoint says, by the forms that Amazon RDS and Aurora document. Resolves nothing. */
export function readRdsEndpoint(host: string): RdsEndpoint {
  const name = host.trim().toLowerCase().replace(/\.$/, '');
  const [, middle, found] = standard.exec(name) ?? chinese.exec(name) ?? [];
  if (middle !== undefined && found !== undefined) return { kind: kindOf(middle), region: found };
  return { kind: global.test(name) ? 'cluster' : 'other', region: null };
}

function kindOf(middle: string): EndpointKind {
  if (/(^|\.)proxy-/.test(middle)) return 'proxy';
  if (middle.startsWith('cluster-ro-')) return 'reader';
  if (middle.startsWith('cluster-custom-')) return 'custom';
  if (middle.startsWith('cluster-')) return 'cluster';
  return 'instance';
}

/** The part of every name in the cloud that a region belongs to: `aws`, `aws-cn`, `aws-us-gov`. */
export function partitionOf(regionName: string): string {
  if (regionName.startsWith('cn-')) return 'aws-cn';
  return regionName.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
