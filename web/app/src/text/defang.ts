import type { Observable } from '../api/types';

const dots = (s: string) => s.replaceAll('.', '[.]');

// defang writes a value so that no program takes it for a live one.
export function defang(o: Observable): string {
  switch (o.kind) {
    case 'url': {
      const [scheme = '', ...behind] = o.value.split('://');
      const rest = behind.join('://');
      const slash = rest.indexOf('/');
      const host = slash < 0 ? rest : rest.slice(0, slash);
      return `${scheme.replace('tt', 'xx')}://${dots(host)}${slash < 0 ? '' : rest.slice(slash)}`;
    }
    case 'ip':
    case 'domain':
    case 'cidr':
      return o.value.includes('.') ? dots(o.value) : o.value.replaceAll(':', '[:]');
    case 'email':
      return dots(o.value.replace('@', '[@]'));
    default:
      return o.value;
  }
}

// show is the text of a value: as it is, and URLs defanged.
export const show = (o: Observable): string => (o.kind === 'url' ? defang(o) : o.value);

// entityPath is the page of a value.
export const entityPath = (o: Observable): string => `/e/${o.kind}/${encodeURIComponent(o.value)}`;

// tagPath is the page of a tag; a CVE is a value of its own kind.
export function tagPath(tag: string): string {
  return entityPath({ kind: /^CVE-\d{4}-\d{4,}$/.test(tag) ? 'cve' : 'tag', value: tag });
}

// quoted writes a value for the search language.
export const quoted = (value: string): string => `"${value.replaceAll('"', '')}"`;
