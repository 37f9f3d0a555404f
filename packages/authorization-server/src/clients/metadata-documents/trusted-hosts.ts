import type { MetadataDocumentOptions } from '../../options.js';

/** What the operator's lists say of a host. */
export type HostJudgement = 'allow' | 'ask' | 'deny';

/** Whether a text can stand in a list of hosts: a host as URLs write it, or `*.` before a name. */
export function isHostPattern(pattern: string): boolean {
  return /^(?:\*\.)?[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?$|^\[[0-9a-f:]+\]$/.test(pattern);
}

/** Judges a host, in lower case and without port: the list of denied hosts first, then the allowed, then the others. */
export function judgeHost(host: string, options: MetadataDocumentOptions): HostJudgement {
  if (isOn(options.deniedHosts, host)) return 'deny';
  return isOn(options.allowedHosts, host) ? 'allow' : options.otherHosts;
}

/** Which option denies a host that {@link judgeHost} denies. */
export function denyingOption(host: string, options: MetadataDocumentOptions): 'deniedHosts' | 'otherHosts' {
  return isOn(options.deniedHosts, host) ? 'deniedHosts' : 'otherHosts';
}

function isOn(patterns: readonly string[], host: string): boolean {
  return patterns.some((pattern) => matchesHost(pattern, host));
}

function matchesHost(pattern: string, host: string): boolean {
  return pattern.startsWith('*.')
    ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
    : host === pattern;
}
